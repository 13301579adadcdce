import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crypto } from '../../../packages/sdk/src/crypto/node/index.js'
import { tpmFreshness } from '../../../packages/sdk/src/seal/freshness/index.js'
import { createTpmFreshness } from '../../../packages/sdk/src/seal/freshness/tpm.js'
import { encodeRecord, parseRecords, recordBytes } from '../../../packages/sdk/src/seal/freshness/tpm-records.js'
import {
  defineNv,
  type NvAccess,
  type NvState,
  readNv,
  readNvState,
  undefineNv,
  writeNv
} from '../../../packages/sdk/src/seal/tpm/nv.js'
import { policyDigestOf, readPcrs } from '../../../packages/sdk/src/seal/tpm/pcr.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { skipNote } from '../../support/system-parts.js'
import { missingSwtpm, Swtpm } from '../tpm/swtpm.js'
import { anchor, itKeepsVersions } from './contract.js'
import { InterruptedTpm, type Interruption } from './interrupted.js'

const pcrs = [0, 16]

describe.skipIf(missingSwtpm)(`freshness in a TPM${skipNote(missingSwtpm)}`, () => {
  let tpm: Swtpm
  let index = 0x0180_0000
  const storeId = crypto.randomBytes(16)
  const open = (at = index) => tpmFreshness({ socket: tpm.socket, index: at, pcrs })
  const openLosing = (lost: InterruptedTpm) =>
    createTpmFreshness({ socket: tpm.socket, index, pcrs }, () => lost.open(tpm.socket))
  const reboot = async () => {
    await tpm.stop()
    await tpm.start()
  }
  /** Works on the record's index by hand. */
  const withRecord = async <T>(use: (access: NvAccess, definition: Parameters<typeof defineNv>[1]) => Promise<T>) => {
    const raw = await tpm.open()
    const policyDigest = policyDigestOf(await readPcrs(raw, pcrs))
    const definition = { index: index + 1, kind: 'record', bytes: recordBytes, policyDigest } as const
    const result = await use({ tpm: raw, ownerAuth: new Uint8Array(0), pcrs }, definition)
    await raw.close()
    return result
  }
  beforeAll(async () => {
    tpm = await new Swtpm().start()
  })
  afterAll(() => tpm?.remove())

  itKeepsVersions('tpm', async () => {
    index += 2
    return { one: open(), other: open() }
  })

  it('remembers across restarts of process and TPM', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    await open().advance(storeId, anchor(1), anchor(2))
    await reboot()
    expect(await open().read(storeId)).toEqual(anchor(2))
  })

  it('moves for no software that was booted otherwise, and tells it nothing else than the truth', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    await tpm.extend(16)
    expect(await codeOfAsync(() => open().advance(storeId, anchor(1), anchor(2)))).toBe('ERR_STORE_ANCHOR')
    await reboot()
    expect(await open().read(storeId)).toEqual(anchor(1))
  })

  it('is taken over by other software only by a reset', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(3))
    await tpm.extend(16)
    await open().reset(storeId, anchor(3))
    await open().advance(storeId, anchor(3), anchor(4))
    expect(await open().read(storeId)).toEqual(anchor(4))
    await reboot()
    expect(await codeOfAsync(() => open().read(storeId))).toBe('ERR_STORE_ANCHOR')
  })

  it('does not remember one store in the place of another', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    expect(await codeOfAsync(() => open().read(new Uint8Array(16)))).toBe('ERR_STORE_ANCHOR')
    expect(await codeOfAsync(() => open().advance(new Uint8Array(16), undefined, anchor(1)))).toBe('ERR_STORE_ANCHOR')
  })

  it('refuses an older record that was put back: the counter has moved on', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    const read = (access: NvAccess, state: NvState) => readNv(access, state, recordBytes)
    const old = await withRecord(async (access, definition) =>
      read(access, (await readNvState(access.tpm, definition)) as NvState)
    )
    await open().advance(storeId, anchor(1), anchor(2))
    await open().advance(storeId, anchor(2), anchor(3))
    await withRecord(async (access, definition) =>
      writeNv(access, (await readNvState(access.tpm, definition)) as NvState, 0, old)
    )
    expect(await codeOfAsync(() => open().read(storeId))).toBe('ERR_SEALED_ROLLBACK')
  })

  it('knows nothing any more when its record was removed or made anew, rather than something old', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    await withRecord((access, { index: at }) => undefineNv(access, at))
    expect(await open().read(storeId)).toBeUndefined()
    expect(await codeOfAsync(() => open().advance(storeId, anchor(1), anchor(2)))).toBe('ERR_SEALED_ROLLBACK')
    await withRecord((access, definition) => defineNv(access, definition))
    expect(await open().read(storeId)).toBeUndefined()
    await withRecord((access, { index: at }) => undefineNv(access, at))
    await withRecord((access, definition) => defineNv(access, { ...definition, policyDigest: new Uint8Array(32) }))
    expect(await codeOfAsync(() => open().read(storeId))).toBe('ERR_STORE_ANCHOR')
  })

  it('counts on from above when its counter was made anew', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    await withRecord((access) => undefineNv(access, index))
    expect(await open().read(storeId)).toBeUndefined()
    await open().reset(storeId, anchor(1))
    await open().advance(storeId, anchor(1), anchor(2))
    expect(await open().read(storeId)).toEqual(anchor(2))
  })

  const interruptions = async (work: (lost: InterruptedTpm) => Promise<void>): Promise<readonly Interruption[]> => {
    const whole = new InterruptedTpm()
    await work(whole)
    const points = Array.from({ length: whole.commands }, (_, i) => i + 1)
    return points.flatMap((at) => [{ at, when: 'before' } as const, { at, when: 'after' } as const])
  }

  it('survives being cut off at every command of a step', async () => {
    index += 2
    await open().advance(storeId, undefined, anchor(1))
    let last = 1
    const step = (lost: InterruptedTpm) => openLosing(lost).advance(storeId, anchor(last), anchor(last + 1))
    const points = await interruptions(step)
    last++
    const seen = new Set<number>()
    for (const point of points) {
      expect(await codeOfAsync(() => step(new InterruptedTpm(point)))).toBe('ERR_STORE_ANCHOR')
      await reboot()
      const found = Number((await open().read(storeId))?.sequence)
      expect([last, last + 1]).toContain(found)
      seen.add(found - last)
      await open().advance(storeId, anchor(last), anchor(last + 1))
      last++
      expect(await open().read(storeId)).toEqual(anchor(last))
    }
    expect(seen).toEqual(new Set([0, 1]))
  })

  it('survives being cut off at every command of the first step', async () => {
    index += 2
    const first = (lost: InterruptedTpm) => openLosing(lost).advance(storeId, undefined, anchor(1))
    for (const point of await interruptions(first)) {
      index += 2
      await codeOfAsync(() => first(new InterruptedTpm(point)))
      await reboot()
      expect([undefined, 1n]).toContain((await open().read(storeId))?.sequence)
      await open().advance(storeId, undefined, anchor(1))
      expect(await open().read(storeId)).toEqual(anchor(1))
      await withRecord(async (access) => {
        await undefineNv(access, index)
        await undefineNv(access, index + 1)
      })
    }
  })
})

describe('the record of a TPM', () => {
  const record = { storeId: new Uint8Array(16).fill(1), counter: 7n, anchor: anchor(5) }

  it('is read as it was written, in its own half only', () => {
    const bytes = new Uint8Array(recordBytes).fill(0xff)
    bytes.set(encodeRecord(record), recordBytes / 2)
    expect(parseRecords(bytes)).toEqual([record])
    const moved = new Uint8Array(recordBytes)
    moved.set(encodeRecord(record))
    expect(parseRecords(moved)).toEqual([])
  })

  it('does not count with any bit changed or half written', () => {
    const good = encodeRecord(record)
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = new Uint8Array(recordBytes)
      bytes.set(good, recordBytes / 2)
      const at = recordBytes / 2 + (bit >> 3)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
      expect(parseRecords(bytes)).toEqual([])
    }
    for (let length = 0; length < good.length; length++) {
      const bytes = new Uint8Array(recordBytes)
      bytes.set(good.subarray(0, length), recordBytes / 2)
      expect(parseRecords(bytes)).toEqual([])
    }
  })
})

describe('the options of tpmFreshness', () => {
  it('are refused when they are wrong', () => {
    const wrong: readonly object[] = [
      { index: 0x0180_0000, pcrs },
      { device: true, pcrs },
      { device: true, index: 0x0180_0000 },
      { device: true, index: 0x8100_0000, pcrs },
      { device: true, index: 0x0180_0000, pcrs: [] },
      { device: true, index: 0x0180_0000, pcrs: { 0: new Uint8Array(32) } },
      { device: true, index: 0x0180_0000, pcrs, more: 1 }
    ]
    for (const options of wrong) expect(codeOf(() => tpmFreshness(options as never))).toBe('ERR_USAGE_OPTION')
  })
})
