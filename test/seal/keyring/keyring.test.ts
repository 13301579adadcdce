import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalBytes, toHex } from '../../../packages/sdk/src/core/index.js'
import type { ObjectIdentity } from '../../../packages/sdk/src/seal/format/object-sealer.js'
import { createKeyring, type Keyring, openKeyring } from '../../../packages/sdk/src/seal/keyring/index.js'
import { parseKeyring } from '../../../packages/sdk/src/seal/keyring/record.js'
import {
  createRecoveryKey,
  passphrase,
  recoveryIdentity,
  recoveryKey
} from '../../../packages/sdk/src/seal/keys/index.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { seeded } from '../../support/seeded.js'
import { newKeyring, plainSource, reopen, storeId, suite } from './fixture.js'

const [alice, bob, carol] = [plainSource(1), plainSource(2), plainSource(3)]

function identity(epoch: number): ObjectIdentity {
  return { storeId, objectId: new Uint8Array(16).fill(9), generation: 1n, epoch, kind: 'value' }
}

async function sealUnder(keyring: Keyring, epoch = keyring.epoch): Promise<Uint8Array> {
  const sealer = await keyring.sealer(epoch)
  return sealer.seal(identity(epoch), new TextEncoder().encode('sealed'))
}

async function canOpen(keyring: Keyring, epoch: number, sealed: Uint8Array): Promise<boolean> {
  const sealer = await keyring.sealer(epoch)
  return new TextDecoder().decode(sealer.open(identity(epoch), sealed)) === 'sealed'
}

describe('a keyring', () => {
  it('is opened by each of its slots, and all of them have the same keys', async () => {
    const made = await newKeyring([alice, bob])
    const sealed = await sealUnder(made)
    for (const source of [alice, bob]) expect(await canOpen(await reopen(made.bytes(), source), 1, sealed)).toBe(true)
  })

  it('is not opened by a source without a slot', async () => {
    const made = await newKeyring([recoveryKey((await createRecoveryKey()).recipient)])
    expect(await codeOfAsync(() => reopen(made.bytes(), alice))).toBe('ERR_SEALED_NO_KEY')
    const other = recoveryIdentity((await createRecoveryKey()).identity)
    expect(await codeOfAsync(() => reopen(made.bytes(), other))).toBe('ERR_SEALED_NO_KEY')
  })

  it('says that a slot is for the source and does not open', async () => {
    const made = await newKeyring([plainSource(1)])
    expect(await codeOfAsync(() => reopen(made.bytes(), plainSource(4)))).toBe('ERR_SEALED_AUTH')
    const locked = await newKeyring([passphrase('right', { logN: 14 })])
    expect(await codeOfAsync(() => reopen(locked.bytes(), passphrase('wrong')))).toBe('ERR_SEALED_KEY')
  })

  it('tries the next source when one fails', async () => {
    const made = await newKeyring([passphrase('right', { logN: 14 }), bob])
    expect((await reopen(made.bytes(), passphrase('wrong'), bob)).epoch).toBe(1)
  })

  it('is not opened as the keyring of another store', async () => {
    const made = await newKeyring([alice])
    const other = { storeId: new Uint8Array(16), suite, keys: [alice] } as const
    expect(await codeOfAsync(() => openKeyring(made.bytes(), other))).toBe('ERR_SEALED_AUTH')
  })

  it('is not opened for another suite than the one that the caller demands', async () => {
    const bytes = (await newKeyring([alice])).bytes()
    bytes[9] = 2
    expect(await codeOfAsync(() => reopen(bytes, alice))).toBe('ERR_SEALED_SUITE')
  })

  it('needs a slot that survives the hardware, unless its owner insists', async () => {
    const tpm = plainSource(1, 'hardware')
    expect(await codeOfAsync(() => newKeyring([tpm]))).toBe('ERR_USAGE_OPTION')
    expect((await newKeyring([tpm], { unrecoverable: true })).slots()).toHaveLength(1)
    expect((await newKeyring([tpm, alice])).slots().map(({ survival }) => survival)).toEqual(['hardware', 'durable'])
  })

  it('refuses options that are wrong or unknown before it does anything', async () => {
    const good = { storeId, suite, keys: [alice] } as const
    const wrong: readonly object[] = [
      { keys: [] },
      { keys: [{}] },
      { storeId: new Uint8Array(15) },
      { suite: 'null' },
      { unknown: 1 },
      { unrecoverable: 'yes' },
      { ownerKey: new Uint8Array(44) }
    ]
    for (const options of wrong) {
      expect(await codeOfAsync(() => createKeyring({ ...good, ...options }))).toBe('ERR_USAGE_OPTION')
    }
  })

  it('shows its slots to people, and no secret to anybody', async () => {
    const { recipient, identity: secret } = await createRecoveryKey()
    const made = await newKeyring([recoveryKey(recipient), passphrase('correct horse', { logN: 14 })])
    const [recovery, phrase] = made.slots()
    expect(recovery).toMatchObject({ kind: 'recovery', survival: 'durable', addedIn: 1 })
    expect(phrase?.parameters).toMatchObject({ kdf: 'scrypt', 'log-n': 14, r: 8, p: 1 })
    const shown = inspect(made, { depth: 9, showHidden: true }) + JSON.stringify(made) + inspect(made.slots())
    for (const hidden of [secret, 'correct horse', toHex(await made.derive(1, 'x'))])
      expect(shown).not.toContain(hidden)
  })

  it('gives another key for every label and epoch, and the same one again', async () => {
    const made = await (await newKeyring([alice])).rotate()
    const keys = [await made.derive(1, 'a'), await made.derive(2, 'a'), await made.derive(2, 'b')].map(toHex)
    expect(new Set(keys).size).toBe(3)
    expect(toHex(await (await reopen(made.bytes(), alice)).derive(2, 'b'))).toBe(keys[2])
    expect(await codeOfAsync(() => made.derive(3, 'a'))).toBe('ERR_SEALED_NO_KEY')
    expect(await codeOfAsync(() => made.derive(2, ''))).toBe('ERR_USAGE_OPTION')
  })

  it('gives nothing any more once it is wiped', async () => {
    const made = await newKeyring([alice])
    made.wipe()
    made.wipe()
    expect(await codeOfAsync(() => made.sealer(1))).toBe('ERR_STORE_CLOSED')
    expect(await codeOfAsync(() => made.rotate())).toBe('ERR_STORE_CLOSED')
    expect(made.bytes().length).toBeGreaterThan(0)
  })
})

describe('a change of a keyring', () => {
  it('adds a slot that opens everything, old epochs too', async () => {
    const first = await newKeyring([alice])
    const sealed = await sealUnder(first)
    const next = await (await first.rotate()).addSlot(bob)
    const opened = await reopen(next.bytes(), bob)
    expect(await canOpen(opened, 1, sealed)).toBe(true)
    expect(await canOpen(opened, 2, await sealUnder(next))).toBe(true)
  })

  it('begins an epoch without asking any source, for slots whose sources are far away too', async () => {
    const { recipient, identity: secret } = await createRecoveryKey()
    const made = await newKeyring([alice, recoveryKey(recipient), passphrase('far away', { logN: 14 })])
    const rotated = await (await reopen(made.bytes(), alice)).rotate()
    expect(rotated.epochs).toEqual([1, 2])
    for (const source of [recoveryIdentity(secret), passphrase('far away')]) {
      expect((await reopen(rotated.bytes(), source)).epoch).toBe(2)
    }
  })

  it('takes a slot out so that it opens no new epoch, and the old keyring still', async () => {
    const before = await newKeyring([alice, bob])
    const after = await before.removeSlot(before.slots()[0]?.id ?? new Uint8Array(16))
    expect(after.epoch).toBe(2)
    expect(await codeOfAsync(() => reopen(after.bytes(), alice))).toBe('ERR_SEALED_AUTH')
    expect((await reopen(after.bytes(), bob)).epochs).toEqual([1, 2])
    expect((await reopen(before.bytes(), alice)).epoch).toBe(1)
  })

  it('does not let the slot that was removed open the share of another', async () => {
    const before = await newKeyring([alice, bob])
    const after = await before.removeSlot(before.slots()[0]?.id ?? new Uint8Array(16))
    const [old, next] = [parseKeyring(before.bytes(), 1), parseKeyring(after.bytes(), 1)]
    const stanza = toHex(old.slots[0]?.stanza.body ?? new Uint8Array())
    const forged = toHex(after.bytes()).replace(toHex(next.slots[0]?.stanza.body ?? new Uint8Array()), stanza)
    expect(await codeOfAsync(() => reopen(Uint8Array.from(Buffer.from(forged, 'hex')), alice))).not.toBe('none')
  })

  it('keeps one slot, and one that survives', async () => {
    const made = await newKeyring([alice, plainSource(9, 'hardware')])
    const [durable, hardware] = made.slots().map(({ id }) => id)
    expect(await codeOfAsync(() => made.removeSlot(durable ?? storeId))).toBe('ERR_USAGE_OPTION')
    const rest = await made.removeSlot(hardware ?? storeId)
    expect(await codeOfAsync(() => rest.removeSlot(durable ?? storeId))).toBe('ERR_USAGE_OPTION')
    expect(await codeOfAsync(() => rest.removeSlot(new Uint8Array(16)))).toBe('ERR_USAGE_OPTION')
  })

  it('forgets old epochs when it is told to, and not the newest', async () => {
    const made = await (await (await newKeyring([alice])).rotate()).rotate()
    const rest = await made.dropEpochs(2)
    expect((await reopen(rest.bytes(), alice)).epochs).toEqual([2, 3])
    expect(await codeOfAsync(() => rest.sealer(1))).toBe('ERR_SEALED_NO_KEY')
    expect(await codeOfAsync(() => rest.dropEpochs(4))).toBe('ERR_USAGE_OPTION')
    expect((await rest.dropEpochs(3)).epochs).toEqual([3])
  })

  it('leaves the keyring before it as it was', async () => {
    const made = await newKeyring([alice])
    const [bytes, digest] = [toHex(made.bytes()), toHex(made.digest())]
    await (await made.rotate()).addSlot(bob)
    expect([toHex(made.bytes()), toHex(made.digest()), made.epoch]).toEqual([bytes, digest, 1])
  })
})

describe('the succession of keyrings', () => {
  it('is shown for each change by whoever had the key before', async () => {
    let previous = await newKeyring([alice, bob])
    const id = previous.slots()[1]?.id ?? storeId
    const changes: readonly ((keyring: Keyring) => Promise<Keyring>)[] = [
      (keyring) => keyring.rotate(),
      (keyring) => keyring.addSlot(carol),
      (keyring) => keyring.removeSlot(id),
      (keyring) => keyring.dropEpochs(2)
    ]
    for (const change of changes) {
      const next = await reopen((await change(previous)).bytes(), alice)
      await next.assertSucceeds(previous)
      previous = next
    }
  })

  it('is refused where a keyring comes from elsewhere, skips one, or goes back', async () => {
    const first = await newKeyring([alice])
    const second = await first.rotate()
    const third = await second.rotate()
    const other = await newKeyring([alice])
    for (const [next, previous] of [
      [third, first],
      [first, second],
      [other, first],
      [await other.rotate(), first],
      [second, second]
    ] as const) {
      expect(await codeOfAsync(() => next.assertSucceeds(previous))).toBe('ERR_SEALED_ROLLBACK')
    }
  })

  it('is not forged by a slot that was removed', async () => {
    const before = await newKeyring([alice, bob])
    const after = await before.removeSlot(before.slots()[0]?.id ?? storeId)
    const forged = await (await reopen(before.bytes(), alice)).rotate()
    expect(forged.epoch).toBe(after.epoch)
    expect(await codeOfAsync(() => forged.assertSucceeds(after))).toBe('ERR_SEALED_ROLLBACK')
    const laterForged = await forged.rotate()
    expect(await codeOfAsync(() => laterForged.assertSucceeds(after))).toBe('ERR_SEALED_ROLLBACK')
  })
})

describe('the bytes of a keyring', () => {
  const wellFormed = async () => (await (await newKeyring([alice, bob])).rotate()).bytes()

  it('are refused with any bit changed', async () => {
    const bytes = await wellFormed()
    const random = seeded(5)
    for (let at = 0; at < bytes.length; at += 1 + Math.floor(random() * 4)) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      const code = await codeOfAsync(() => reopen(changed, alice))
      expect(code, `byte ${at}`).toMatch(/^ERR_SEALED_(FORMAT|AUTH|SUITE|KEY|NO_KEY)$/)
    }
  })

  it('are refused when they are cut anywhere or go on', async () => {
    const bytes = await wellFormed()
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => parseKeyring(bytes.subarray(0, length), 1))).toMatch(/^ERR_SEALED_(FORMAT|SUITE)$/)
    }
    expect(await codeOfAsync(() => reopen(Uint8Array.of(...bytes, 0), alice))).toBe('ERR_SEALED_FORMAT')
    expect(codeOf(() => parseKeyring(new Uint8Array((1 << 20) + 1), 1))).toBe('ERR_SEALED_FORMAT')
  })

  it('are refused when slots have changed places or one is gone', async () => {
    const bytes = await wellFormed()
    const { slots } = parseKeyring(bytes, 1)
    const text = toHex(bytes)
    const [one, two] = slots.map(({ share }) => toHex(share))
    const swapped = text
      .replace(one ?? '', 'x')
      .replace(two ?? '', one ?? '')
      .replace('x', two ?? '')
    expect(await codeOfAsync(() => reopen(Uint8Array.from(Buffer.from(swapped, 'hex')), alice))).toBe('ERR_SEALED_AUTH')
  })

  it('are either refused or a keyring, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (tail) => {
        const bytes = Uint8Array.of(...new TextEncoder().encode('TRSRKEYS'), 1, 1, 0, 0, ...tail)
        expect(codeOf(() => parseKeyring(bytes, 1))).toBe('ERR_SEALED_FORMAT')
      })
    )
  })

  it('differ for two keyrings of the same sources', async () => {
    const [one, two] = [await newKeyring([alice]), await newKeyring([alice])]
    expect(equalBytes(one.commitment, two.commitment)).toBe(false)
    expect(equalBytes(one.bytes(), two.bytes())).toBe(false)
  })
})
