import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../../packages/sdk/src/core/index.js'
import type { KeySource, Stanza } from '../../../packages/sdk/src/seal/keys/index.js'
import { tpmKey } from '../../../packages/sdk/src/seal/keys/index.js'
import { encodeParameters } from '../../../packages/sdk/src/seal/keys/stanza.js'
import { readPcrs } from '../../../packages/sdk/src/seal/tpm/pcr.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { skipNote } from '../../support/system-parts.js'
import { missingSwtpm, Swtpm } from './swtpm.js'

const key = new Uint8Array(32).map((_, i) => i + 1)
const context = { storeId: new Uint8Array(16).fill(1), epoch: 1 }
const pcrs = [0, 7, 16]

async function hexOf(source: KeySource, stanza: Stanza, where = context): Promise<string | undefined> {
  const opened = await source.unwrap(stanza, where)
  return opened === undefined ? undefined : toHex(opened)
}

describe.skipIf(missingSwtpm)(`a slot that a TPM opens${skipNote(missingSwtpm)}`, () => {
  let tpm: Swtpm
  let other: Swtpm
  beforeAll(async () => {
    tpm = await new Swtpm().start()
    other = await new Swtpm().start()
  })
  afterAll(async () => {
    await tpm?.remove()
    await other?.remove()
  })
  const source = (from = tpm, options: object = { pcrs }) => tpmKey({ socket: from.socket, ...options } as never)
  const reboot = async () => {
    await tpm.stop()
    await tpm.start()
  }

  it('gives the key back while the PCRs are the same, also after a reboot', async () => {
    const stanza = await source().wrap(key, context)
    expect(await hexOf(source(), stanza)).toBe(toHex(key))
    await reboot()
    expect(await hexOf(source(), stanza)).toBe(toHex(key))
  })

  it('is refused when other software was booted, and opens again after the right one', async () => {
    const stanza = await source().wrap(key, context)
    await tpm.extend(16)
    expect(await codeOfAsync(() => source().unwrap(stanza, context))).toBe('ERR_SEALED_KEY')
    await reboot()
    expect(await hexOf(source(), stanza)).toBe(toHex(key))
  })

  it('does not mind PCRs that it does not name', async () => {
    const stanza = await source().wrap(key, context)
    await tpm.extend(23)
    expect(await hexOf(source(), stanza)).toBe(toHex(key))
    await reboot()
  })

  it('is none of another TPM', async () => {
    expect(await hexOf(source(other), await source().wrap(key, context))).toBeUndefined()
  })

  it('is none of a source that names other PCRs', async () => {
    expect(await hexOf(source(tpm, { pcrs: [0, 7] }), await source().wrap(key, context))).toBeUndefined()
  })

  it('can be made for software that has not been booted yet', async () => {
    const probe = await tpm.open()
    const now = await readPcrs(probe, [16])
    await probe.close()
    await tpm.extend(16)
    const later = await tpm.open().then(async (open) => {
      const values = await readPcrs(open, [16])
      await open.close()
      return values
    })
    await reboot()
    const stanza = await source(tpm, { pcrs: { 16: later.get(16) } }).wrap(key, context)
    expect(later).not.toEqual(now)
    expect(await codeOfAsync(() => source(tpm, { pcrs: [16] }).unwrap(stanza, context))).toBe('ERR_SEALED_KEY')
    await tpm.extend(16)
    expect(await hexOf(source(tpm, { pcrs: [16] }), stanza)).toBe(toHex(key))
    await reboot()
  })

  it('reads more PCRs than a TPM answers at once', async () => {
    const many = { pcrs: Array.from({ length: 20 }, (_, i) => i) }
    expect(await hexOf(source(tpm, many), await source(tpm, many).wrap(key, context))).toBe(toHex(key))
  })

  it('is bound to its store and epoch', async () => {
    const stanza = await source().wrap(key, context)
    for (const where of [
      { ...context, epoch: 2 },
      { ...context, storeId: new Uint8Array(16) }
    ]) {
      expect(await codeOfAsync(() => source().unwrap(stanza, where))).toBe('ERR_SEALED_KEY')
    }
  })

  it('is refused when anything in it was changed', async () => {
    const stanza = await source().wrap(key, context)
    for (let at = 0; at < stanza.body.length; at += 7) {
      const body = stanza.body.slice()
      body[at] = (body[at] ?? 0) ^ 1
      expect(await codeOfAsync(() => source().unwrap({ ...stanza, body }, context)), `byte ${at}`).toMatch(
        /^ERR_(SEALED_(KEY|FORMAT)|TPM_COMMAND)$/
      )
    }
    for (const body of [stanza.body.slice(0, -1), concatBytes(stanza.body, new Uint8Array(1)), new Uint8Array(0)]) {
      expect(await codeOfAsync(() => source().unwrap({ ...stanza, body }, context))).toBe('ERR_SEALED_FORMAT')
    }
  })

  it('is refused when its parameters are none', async () => {
    const stanza = await source().wrap(key, context)
    const good = { bank: 'sha256', pcrs, policy: new Uint8Array(32), primary: new Uint8Array(34) }
    const wrong: readonly object[] = [
      { bank: 'sha1' },
      { pcrs: [] },
      { pcrs: [7, 0] },
      { pcrs: [0, 24] },
      { pcrs: ['0'] },
      { pcrs: 'all' },
      { policy: new Uint8Array(31) },
      { primary: new Uint8Array(33) },
      { more: 1 }
    ]
    for (const change of wrong) {
      const parameters = encodeParameters({ ...good, ...change })
      expect(await codeOfAsync(() => source().unwrap({ ...stanza, parameters }, context))).toBe('ERR_SEALED_FORMAT')
    }
  })

  it('leaves slots of other kinds alone, without asking the TPM', async () => {
    const stanza = { kind: 'passphrase', parameters: new Uint8Array(0), body: new Uint8Array(0) }
    expect(await hexOf(tpmKey({ socket: { path: '/nowhere' }, pcrs: [0] }), stanza)).toBeUndefined()
  })

  it('says that a wrong authorization of the owner is wrong', async () => {
    const wrong = source(tpm, { pcrs, ownerAuth: new Uint8Array(8).fill(3) })
    expect(await codeOfAsync(() => wrong.wrap(key, context))).toBe('ERR_TPM_COMMAND')
  })
})

describe('the options of tpmKey', () => {
  it('are refused when they are wrong, before anything happens', () => {
    const wrong: readonly object[] = [
      {},
      { device: true },
      { device: '/dev/other', pcrs: [0] },
      { device: true, socket: { path: 'x' }, pcrs: [0] },
      { socket: {}, pcrs: [0] },
      { socket: { path: '' }, pcrs: [0] },
      { socket: { path: 'x', host: 'y' }, pcrs: [0] },
      { socket: { host: 'x', port: 0 }, pcrs: [0] },
      { device: true, pcrs: [] },
      { device: true, pcrs: [0, 0] },
      { device: true, pcrs: [24] },
      { device: true, pcrs: ['0'] },
      { device: true, pcrs: { 0: new Uint8Array(20) } },
      { device: true, pcrs: { a: new Uint8Array(32) } },
      { device: true, pcrs: [0], ownerAuth: 'secret' },
      { device: true, pcrs: [0], unknown: 1 }
    ]
    for (const options of wrong)
      expect(
        codeOf(() => tpmKey(options as never)),
        JSON.stringify(options)
      ).toBe('ERR_USAGE_OPTION')
  })
})
