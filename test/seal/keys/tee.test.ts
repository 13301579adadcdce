// Keys of a TEE, with the simulator for one: what they depend on, floors, and the hand-off to the next image.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatorOptions, simulator } from '../../../packages/sdk/src/attest/simulator/index.js'
import { toHex, UnavailableError } from '../../../packages/sdk/src/core/index.js'
import {
  createHandoffRequest,
  createUpgradeToken,
  handoffKey,
  type KeySource,
  type Stanza,
  type TeeKeyOptions,
  teeKey
} from '../../../packages/sdk/src/seal/keys/index.js'
import { encodeParameters } from '../../../packages/sdk/src/seal/keys/stanza.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { newKeyring, newOwner, plainSource, reopen, storeId } from '../keyring/fixture.js'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tresor-seal-keys-'))
})
afterAll(() => rm(directory, { recursive: true }))

const key = new Uint8Array(32).fill(6)
const context = { storeId, epoch: 1 }
const tcb = { bootLoader: 4, tee: 1, snp: 8, microcode: 100 }
const tcbVersion = Uint8Array.of(4, 1, 0, 0, 0, 0, 8, 100)
const familyId = new Uint8Array(16).fill(0xf)
const nextImage = { measurement: new Uint8Array(48).fill(0xee) }
const signer = { bind: 'signer', unsafeAcceptAnySigner: true } as const

const images = new Map<string, ReturnType<typeof simulator>>()

/** An image on the one chip of these tests. */
function image(options: SimulatorOptions = {}) {
  const name = inspect(options, { depth: 3, maxArrayLength: 64 })
  const known = images.get(name) ?? simulator({ directory, guestSvn: 5, tcb, familyId, ...options })
  images.set(name, known)
  return known
}

function source(options: TeeKeyOptions = {}, guest: SimulatorOptions = {}): KeySource {
  return teeKey(image(guest), { allowSimulator: true, ...options })
}

async function outcome(from: KeySource, stanza: Stanza): Promise<string> {
  let opened: Uint8Array | undefined
  const code = await codeOfAsync(async () => {
    opened = await from.unwrap(stanza, context)
  })
  if (code !== 'none') return code
  return opened === undefined ? 'foreign' : toHex(opened) === toHex(key) ? 'the key' : 'another key'
}

describe('a slot bound to exactly one image', () => {
  it('opens for that image, again after a restart, and says what it depends on', async () => {
    const stanza = await source().wrap(key, context)
    expect(await outcome(source(), stanza)).toBe('the key')
    const [slot] = (await newKeyring([source(), plainSource(1)])).slots()
    expect(slot).toMatchObject({
      kind: 'tee',
      survival: 'hardware',
      parameters: {
        tee: 'simulated snp',
        bind: 'exact',
        'root-key': 'vcek',
        fields: ['guestPolicy', 'measurement'],
        vmpl: 0
      }
    })
  })

  it.each<[string, SimulatorOptions]>([
    ['another measurement', nextImage],
    ['debugging allowed', { guestPolicy: 0xb_0000n }]
  ])('does not open for a guest with %s', async (_, guest) => {
    expect(await outcome(source({}, guest), await source().wrap(key, context))).toBe('ERR_SEALED_KEY')
  })

  it('opens on whatever TCB and SVN, unless it has floors', async () => {
    const older = { tcb: { ...tcb, microcode: 99 }, guestSvn: 4 }
    expect(await outcome(source({}, older), await source().wrap(key, context))).toBe('the key')
    const floored = await source({ minSvn: 5, minTcb: tcbVersion }).wrap(key, context)
    expect(await outcome(source(), floored)).toBe('the key')
    expect(await outcome(source({}, older), floored)).toBe('ERR_SEALED_KEY')
  })

  it('is the key of one VMPL', async () => {
    const stanza = await source({ vmpl: 1 }).wrap(key, context)
    expect(await outcome(source({ vmpl: 1 }), stanza)).toBe('the key')
    expect(await outcome(source(), stanza)).toBe('foreign')
  })
})

describe('a slot bound to a family of images', () => {
  it('opens for the next image, and for no older one than its floor', async () => {
    const stanza = await source({ ...signer, minSvn: 5 }).wrap(key, context)
    const next = { ...nextImage, guestSvn: 6 }
    expect(await outcome(source({ ...signer, minSvn: 5 }, next), stanza)).toBe('the key')
    expect(await outcome(source({ ...signer, minSvn: 0 }, { ...next, guestSvn: 4 }), stanza)).toBe('ERR_SEALED_KEY')
  })

  it('does not open for another family', async () => {
    const stanza = await source({ ...signer, minSvn: 5 }).wrap(key, context)
    const other = source({ ...signer, minSvn: 5 }, { familyId: new Uint8Array(16).fill(1) })
    expect(await outcome(other, stanza)).toBe('ERR_SEALED_KEY')
  })

  it('needs a floor, and the owner to accept what it does not protect from', () => {
    expect(codeOf(() => source({ bind: 'signer', unsafeAcceptAnySigner: true }))).toBe('ERR_USAGE_OPTION')
    expect(codeOf(() => source({ bind: 'signer', minSvn: 5 }))).toBe('ERR_USAGE_OPTION')
  })
})

describe('a source', () => {
  it('takes no slot that is weaker than it demands', async () => {
    const [exact, family] = [
      await source().wrap(key, context),
      await source({ ...signer, minSvn: 3 }).wrap(key, context)
    ]
    expect(await outcome(source(), family)).toBe('foreign')
    expect(await outcome(source({ ...signer, minSvn: 3 }), exact)).toBe('foreign')
    expect(await outcome(source({ ...signer, minSvn: 4 }), family)).toBe('ERR_SEALED_KEY')
    expect(await outcome(source({ minSvn: 1 }), exact)).toBe('ERR_SEALED_KEY')
    expect(await outcome(source({ minTcb: tcbVersion }), exact)).toBe('ERR_SEALED_KEY')
    const lower = await source({ minTcb: tcbVersion.with(7, 99) }).wrap(key, context)
    expect(await outcome(source({ minTcb: tcbVersion }), lower)).toBe('ERR_SEALED_KEY')
  })

  it('derives nothing that a slot asks for and it would not ask for itself', async () => {
    const { body, parameters: _, ...rest } = await source().wrap(key, context)
    const good = {
      tee: 'simulated snp',
      bind: 'exact',
      'root-key': 'vcek',
      fields: ['guestPolicy', 'measurement'],
      vmpl: 0
    }
    for (const change of [
      { fields: [] },
      { fields: ['guestPolicy'] },
      { fields: ['measurement', 'guestPolicy'] },
      { 'root-key': 'vmrk' },
      { tee: 'snp' },
      { bind: 'none' },
      { fields: ['guestPolicy', 'measurement', 'guestSvn'] }
    ]) {
      expect(await outcome(source(), { ...rest, body, parameters: encodeParameters({ ...good, ...change }) })).toBe(
        'foreign'
      )
    }
    for (const change of [{ vmpl: 4 }, { vmpl: '0' }, { 'guest-svn': -1 }, { 'tcb-version': 1 }, { more: 1 }]) {
      const parameters = encodeParameters({ ...good, ...change })
      expect(await outcome(source(), { ...rest, body, parameters })).toBe('ERR_SEALED_FORMAT')
    }
  })

  it('takes a simulator only where it is told to', () => {
    expect(codeOf(() => teeKey(image()))).toBe('ERR_POLICY_SIMULATOR')
    expect(codeOf(() => teeKey({ provider: image() }, { allowSimulator: false }))).toBe('ERR_POLICY_SIMULATOR')
    expect(teeKey({ provider: image() }, { allowSimulator: true }).kind).toBe('tee')
  })

  it('keeps slots of a simulator and of hardware apart', async () => {
    const stanza = await source().wrap(key, context)
    const hardware = { kind: 'snp', name: 'snp-device', simulated: false, deriveKey: async () => key.slice() }
    expect(await outcome(teeKey(hardware), stanza)).toBe('foreign')
  })

  it('needs a TEE that derives keys, and options that are right', () => {
    for (const tee of [
      { kind: 'tdx', name: 'tdx', simulated: false },
      { kind: 'snp', name: 'x', simulated: false },
      7
    ]) {
      expect(codeOf(() => teeKey(tee as never))).toBe('ERR_USAGE_OPTION')
    }
    for (const options of [{ bind: 'any' }, { vmpl: 4 }, { minSvn: -1 }, { minTcb: new Uint8Array(7) }, { more: 1 }]) {
      expect(codeOf(() => source(options as object))).toBe('ERR_USAGE_OPTION')
    }
  })

  it('passes on what the device says, and takes nothing for a key that is none', async () => {
    const tee = (answer: () => Promise<Uint8Array>) => ({ kind: 'snp', name: 'x', simulated: false, deriveKey: answer })
    const lost = tee(() => Promise.reject(new UnavailableError('ERR_DEVICE_KEY_LOST', 'reboot')))
    expect(await codeOfAsync(() => teeKey(lost).wrap(key, context))).toBe('ERR_DEVICE_KEY_LOST')
    for (const answer of [new Uint8Array(31), undefined as never]) {
      expect(await codeOfAsync(() => teeKey(tee(async () => answer)).wrap(key, context))).toBe('ERR_DEVICE_RESPONSE')
    }
  })
})

describe('the hand-off of a store to the next image', () => {
  const owner = newOwner()
  const options = { allowSimulator: true } as const
  const durable = plainSource(1)
  const next = (guest: SimulatorOptions = {}) => image({ ...nextImage, ...guest })
  const request = (guest: SimulatorOptions = {}) => createHandoffRequest(next(guest), storeId, options)
  const receiver = (ownerKey = owner.publicKey, guest: SimulatorOptions = {}) =>
    handoffKey(next(guest), { ownerKey, ...options })
  const begin = () => newKeyring([source(), durable], { ownerKey: owner.publicKey })
  const tokenFor = async (commitment: Uint8Array, change: object = {}, by = owner) =>
    createUpgradeToken({ storeId, recipient: await request(), commitment, image: 'shop 1.9.0', ...change }, by.sign)

  it('gives the next image the keys, which then makes a slot of its own and shuts the old image out', async () => {
    const old = await begin()
    const handed = await old.handoff(await tokenFor(old.commitment))
    const opened = await reopen(handed.bytes(), receiver())
    const added = await opened.addSlot(teeKey(next(), options))
    const [oldSlot, , handoffSlot] = added.slots()
    const done = await (await added.removeSlot(oldSlot?.id ?? storeId)).removeSlot(handoffSlot?.id ?? storeId)
    expect((await reopen(done.bytes(), teeKey(next(), options))).epochs).toEqual([1, 2, 3])
    expect(await codeOfAsync(() => reopen(done.bytes(), source()))).toBe('ERR_SEALED_KEY')
    expect(handoffSlot).toMatchObject({ kind: 'handoff', survival: 'hardware' })
  })

  it('asks for the same key again after a restart, and for another one for another store, image or chip', async () => {
    const keys = await Promise.all([
      request(),
      request({ measurement: new Uint8Array(48).fill(1) }),
      createHandoffRequest(next(), new Uint8Array(16), options)
    ])
    expect(await request()).toEqual(keys[0])
    expect(new Set(keys.map(toHex)).size).toBe(3)
  })

  it('does not open for an image that the token does not name', async () => {
    const old = await begin()
    const handed = await old.handoff(await tokenFor(old.commitment))
    const other = receiver(owner.publicKey, { measurement: new Uint8Array(48).fill(1) })
    expect(await codeOfAsync(() => reopen(handed.bytes(), other))).toBe('ERR_SEALED_NO_KEY')
  })

  it('is refused by the old image without a good token of the owner for this store and epoch', async () => {
    const old = await begin()
    const good = await tokenFor(old.commitment)
    const tokens = [
      await tokenFor(old.commitment, {}, newOwner()),
      await tokenFor(old.commitment, { storeId: new Uint8Array(16) }),
      await tokenFor(new Uint8Array(32)),
      good.slice(0, -1),
      Uint8Array.of(...good, 0),
      good.with(20, (good[20] ?? 0) ^ 1),
      new Uint8Array(0),
      new Uint8Array(2000),
      'token' as never
    ]
    for (const token of tokens) expect(await codeOfAsync(() => old.handoff(token))).toBe('ERR_SEALED_TOKEN')
    const later = await old.rotate()
    expect(await codeOfAsync(() => later.handoff(good))).toBe('ERR_SEALED_TOKEN')
    expect((await old.handoff(good)).slots()).toHaveLength(3)
  })

  it('is refused for a store that names no owner', async () => {
    const old = await newKeyring([durable])
    const token = await tokenFor(old.commitment)
    expect(await codeOfAsync(() => old.handoff(token))).toBe('ERR_SEALED_TOKEN')
  })

  it('is refused by the next image where its own owner has not signed, whatever the store says', async () => {
    const intruder = newOwner()
    const old = await newKeyring([durable], { ownerKey: intruder.publicKey })
    const handed = await old.handoff(await tokenFor(old.commitment, {}, intruder))
    expect(await codeOfAsync(() => reopen(handed.bytes(), receiver()))).toBe('ERR_SEALED_TOKEN')
    expect((await reopen(handed.bytes(), receiver(intruder.publicKey))).epoch).toBe(1)
  })

  it('does not let another store be put in the place of the one that the owner meant', async () => {
    const meant = await begin()
    const token = await tokenFor(meant.commitment)
    const { recipientKey } = await import('../../../packages/sdk/src/seal/keys/handoff.js')
    const { verifyUpgradeToken } = await import('../../../packages/sdk/src/seal/keys/upgrade-token.js')
    const forged = await begin()
    const verified = verifyUpgradeToken(token, owner.publicKey, storeId)
    const handed = await forged.addSlot(recipientKey(token, verified))
    expect(await codeOfAsync(() => reopen(handed.bytes(), receiver()))).toBe('ERR_SEALED_TOKEN')
  })

  it('still opens after the epoch that was handed over has become an old one, and not when it was dropped', async () => {
    const old = await begin()
    const handed = await (await old.handoff(await tokenFor(old.commitment))).rotate()
    expect((await reopen(handed.bytes(), receiver())).epochs).toEqual([1, 2])
    const dropped = await handed.dropEpochs(2)
    expect(await codeOfAsync(() => reopen(dropped.bytes(), receiver()))).toBe('ERR_SEALED_TOKEN')
  })

  it('makes no slot by itself', async () => {
    expect(await codeOfAsync(() => receiver().wrap(key, context))).toBe('ERR_USAGE_OPTION')
  })

  it.each(['ed25519', 'P-256', 'P-384'] as const)('takes tokens that are signed with %s', async (kind) => {
    const signerOfTokens = newOwner(kind)
    const old = await newKeyring([durable], { ownerKey: signerOfTokens.publicKey })
    const handed = await old.handoff(await tokenFor(old.commitment, {}, signerOfTokens))
    expect((await reopen(handed.bytes(), receiver(signerOfTokens.publicKey))).slots()).toHaveLength(2)
  })

  it('makes no token with fields that are wrong', async () => {
    for (const change of [{ image: '' }, { image: 'x'.repeat(201) }, { recipient: new Uint8Array(31) }, { more: 1 }]) {
      expect(await codeOfAsync(() => tokenFor(new Uint8Array(32), change))).toBe('ERR_USAGE_OPTION')
    }
  })
})
