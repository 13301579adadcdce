import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { skipNote } from '../../support/system-parts.js'
import { worldShapes } from '../assertions/world.js'
import { bundleProgram } from '../support/bundle-program.js'
import { createFakeWorld, type FakeWorld } from '../support/fake-world.js'
import { missingForTsmFuse } from './build-tsm-fuse.js'
import { fakeDriver } from './fake-driver.js'
import { runUnderTsm, type TsmOptions } from './run-under-tsm.js'
import type { ErrnoName, TsmAnswer, TsmHandlers, TsmOperation, TsmQuestion } from './tsm-backend.js'

const missing = missingForTsmFuse()
const attributes: readonly string[] = worldShapes.snp.attributes
const good = { bytes: 1184, endorsements: 3, warnings: [] }

describe.skipIf(missing)(
  `snpConfigfs on a configfs-tsm that misbehaves${skipNote(missing)}`,
  { concurrent: true },
  () => {
    let program: string
    let fake: FakeWorld
    let driver: TsmHandlers
    beforeAll(async () => {
      program = await bundleProgram(join(import.meta.dirname, 'collect-once.program.ts'), 'collect-once')
      fake = await createFakeWorld('snp')
      driver = fakeDriver(fake)
    })

    async function collect(handlers: Partial<TsmHandlers>, options: Partial<TsmOptions> = {}): Promise<Collected> {
      const settings = { provider: 'sev_guest', attributes, ...options }
      const { code, stdout, stderr, questions } = await runUnderTsm(program, { ...driver, ...handlers }, settings)
      if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
      return { outcome: JSON.parse(stdout), questions }
    }

    it('asks once where nothing goes wrong', async () => {
      const { outcome, questions } = await collect({})
      expect(outcome).toEqual(good)
      expect(countOf(questions, 'report')).toBe(1)
      expect(countOf(questions, 'rmdir')).toBe(1)
    })

    it.each<[string, () => Partial<TsmHandlers>]>([
      ['another writer came before the report', () => once('read', 'outblob', { bump: 1 })],
      ['another writer came before the commit', () => once('commit', 'inblob', { bump: 1 })],
      ['the kernel lost the commit', () => once('commit', 'inblob', { errno: 'EBUSY' })],
      ['the driver was busy', () => once('read', 'outblob', { errno: 'EBUSY' })],
      ['a signal came', () => once('read', 'outblob', { errno: 'EINTR' })],
      ['the host was slow', () => once('read', 'outblob', { errno: 'ETIMEDOUT' })],
      ['the name of the entry was taken', () => once('mkdir', '-', { errno: 'EEXIST' })]
    ])('tries again with a new entry when %s', async (_, handlers) => {
      const { outcome, questions } = await collect(handlers())
      expect(outcome).toEqual(good)
      expect(new Set(questions.filter(isOf('mkdir')).map(({ entry }) => entry)).size).toBe(2)
    })

    it('gives up on a driver that stays busy, and leaves no entry', async () => {
      const { outcome, questions } = await collect({ report: () => ({ errno: 'EBUSY' }) })
      expect(outcome).toMatchObject({ code: 'ERR_DEVICE_BUSY' })
      expect(countOf(questions, 'mkdir')).toBeGreaterThan(3)
      expect(countOf(questions, 'rmdir')).toBe(countOf(questions, 'mkdir'))
    })

    it.each<[ErrnoName, string]>([
      ['EIO', 'ERR_DEVICE_REFUSED'],
      ['EINVAL', 'ERR_DEVICE_REFUSED'],
      ['ENOTTY', 'ERR_DEVICE_KEY_LOST'],
      ['ENXIO', 'ERR_DEVICE_MISSING']
    ])('does not try again when the driver answers %s', async (errno, code) => {
      const { outcome, questions } = await collect({ report: () => ({ errno }) })
      expect(outcome).toMatchObject({ code })
      expect(countOf(questions, 'report')).toBe(1)
      expect(countOf(questions, 'rmdir')).toBe(1)
    })

    it.each<[ErrnoName, string]>([
      ['EACCES', 'ERR_DEVICE_PERMISSION'],
      ['EROFS', 'ERR_DEVICE_PERMISSION'],
      ['ENXIO', 'ERR_DEVICE_MISSING']
    ])('does not try again when an entry is refused with %s', async (errno, code) => {
      const { outcome, questions } = await collect({
        before: (question) => (isOf('mkdir')(question) ? { errno } : undefined)
      })
      expect(outcome).toMatchObject({ code })
      expect(countOf(questions, 'mkdir')).toBe(1)
    })

    it.each<[string, (report: Uint8Array) => Uint8Array]>([
      ['nothing', () => new Uint8Array(0)],
      ['a report that is cut', (report) => report.subarray(0, 1183)],
      ['a report with a byte too many', (report) => Buffer.concat([report, Buffer.alloc(1)])],
      ['more than a megabyte', () => new Uint8Array(3 << 20)],
      [
        'a report over other report data',
        (report) => Uint8Array.from(report, (byte, i) => (i === 0x50 ? byte ^ 1 : byte))
      ]
    ])('refuses %s', async (_, change) => {
      const report = async (question: TsmQuestion): Promise<TsmAnswer> => {
        const answer = await driver.report(question)
        return { ...answer, outblob: change(answer.outblob ?? new Uint8Array(0)) }
      }
      const { outcome, questions } = await collect({ report })
      expect(outcome).toMatchObject({ code: 'ERR_DEVICE_RESPONSE' })
      expect(countOf(questions, 'rmdir')).toBe(1)
    })

    it('takes a report without certificates where there is no auxblob', async () => {
      const { outcome } = await collect({}, { attributes: attributes.filter((name) => name !== 'auxblob') })
      expect(outcome).toEqual({ ...good, endorsements: 0 })
    })

    it('takes a report without certificates where auxblob is empty', async () => {
      const { outcome } = await collect({ report: withAuxblob(new Uint8Array(0)) })
      expect(outcome).toEqual({ ...good, endorsements: 0 })
    })

    it('takes the report and warns where auxblob is nonsense', async () => {
      const { outcome } = await collect({ report: withAuxblob(new Uint8Array(4096).fill(0xa5)) })
      expect(outcome).toEqual({ ...good, endorsements: 0, warnings: ['TRESOR_SNP_TABLE'] })
    })

    it('takes the report and warns where the entry cannot be removed', async () => {
      const { outcome } = await collect({
        before: (question) => (isOf('rmdir')(question) ? { errno: 'EBUSY' } : undefined)
      })
      expect(outcome).toEqual({ ...good, warnings: ['TRESOR_TSM_LEFTOVER'] })
    })

    it('stops waiting when the caller does, and still removes the entry', async () => {
      const report = async (question: TsmQuestion): Promise<TsmAnswer> => {
        await new Promise((resolve) => setTimeout(resolve, 400))
        return driver.report(question)
      }
      const { outcome, questions } = await collect({ report }, { args: ['100'] })
      expect(outcome).toMatchObject({ code: 'ERR_ABORTED' })
      expect(countOf(questions, 'rmdir')).toBe(1)
    })

    function withAuxblob(auxblob: Uint8Array): TsmHandlers['report'] {
      return async (question) => ({ ...(await driver.report(question)), auxblob })
    }
  }
)

interface Collected {
  readonly outcome: unknown
  readonly questions: readonly TsmQuestion[]
}

/** Answers so the first time that this is asked. */
function once(operation: TsmOperation, attribute: string, answer: TsmAnswer): Partial<TsmHandlers> {
  let done = false
  return {
    before: (question) => {
      if (done || question.operation !== operation || question.attribute !== attribute) return undefined
      done = true
      return answer
    }
  }
}

function isOf(operation: TsmOperation): (question: TsmQuestion) => boolean {
  return (question) => question.operation === operation
}

function countOf(questions: readonly TsmQuestion[], operation: TsmOperation): number {
  return questions.filter(isOf(operation)).length
}
