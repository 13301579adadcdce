// Passphrases, recovery keys, brokers and the caller's own: what each opens, and what it refuses.

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { concatBytes, equalBytes, toHex, UnavailableError } from '../../../packages/sdk/src/core/index.js'
import { encodeRecipient } from '../../../packages/sdk/src/seal/keys/age-key.js'
import {
  type BrokerKeyClient,
  brokerKey,
  createRecoveryKey,
  customKey,
  type KeySource,
  passphrase,
  recoveryIdentity,
  recoveryKey,
  type Stanza
} from '../../../packages/sdk/src/seal/keys/index.js'
import { encodeParameters } from '../../../packages/sdk/src/seal/keys/stanza.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'

const key = new Uint8Array(32).map((_, i) => 255 - i)
const context = { storeId: new Uint8Array(16).fill(4), epoch: 3 }

async function open(source: KeySource, stanza: Stanza, where = context): Promise<string> {
  const opened = await source.unwrap(stanza, where)
  return opened === undefined ? 'foreign' : equalBytes(opened, key) ? 'the key' : 'another key'
}

/** An attested service as far as it can be seen from here: it has one key of its own, and knows whom it answers. */
function fakeBroker(name: string, secret: number, answers = true): BrokerKeyClient {
  const veil = (bytes: Uint8Array) => bytes.map((byte) => byte ^ secret)
  return {
    name,
    wrap: async (plain, bound) => concatBytes(veil(plain), veil(bound)),
    unwrap: async (wrapped, bound) => {
      const isOurs = answers && equalBytes(veil(wrapped.slice(32)), bound)
      return isOurs ? veil(wrapped.slice(0, 32)) : undefined
    }
  }
}

interface Case {
  readonly name: string
  /** Makes and opens. */
  readonly source: KeySource
  /** Of the same kind, and not for the same stanzas: the answer, or the code. */
  readonly stranger: KeySource
  readonly strangerSays: string
}

const [mine, theirs] = [await createRecoveryKey(), await createRecoveryKey()]
const phrase = passphrase('correct horse battery', { logN: 14 })
const own = (name: string, secret: number) => {
  const { wrap, unwrap } = fakeBroker('x', secret)
  return customKey({ name, survival: 'hardware', wrap, unwrap })
}

const cases: readonly Case[] = [
  { name: 'a passphrase', source: phrase, stranger: passphrase('wrong horse'), strangerSays: 'ERR_SEALED_KEY' },
  {
    name: 'a recovery identity',
    source: recoveryIdentity(mine.identity),
    stranger: recoveryIdentity(theirs.identity),
    strangerSays: 'foreign'
  },
  {
    name: 'a broker',
    source: brokerKey(fakeBroker('https://keys.example/shop', 7)),
    stranger: brokerKey(fakeBroker('https://keys.example/other', 7)),
    strangerSays: 'foreign'
  },
  { name: 'a source of the caller', source: own('kms', 9), stranger: own('hsm', 9), strangerSays: 'foreign' }
]

async function outcome(source: KeySource, stanza: Stanza, where = context): Promise<string> {
  let result = 'none'
  const code = await codeOfAsync(async () => {
    result = await open(source, stanza, where)
  })
  return code === 'none' ? result : code
}

describe.each(cases)('$name', ({ source, stranger, strangerSays }) => {
  it('opens what it wrapped, and leaves the key to the caller', async () => {
    const given = key.slice()
    const stanza = await source.wrap(given, context)
    expect(given).toEqual(key)
    expect(stanza.kind).toBe(source.kind)
    expect(await open(source, stanza)).toBe('the key')
  })

  it('does not open what a stranger wrapped', async () => {
    expect(await outcome(source, await stranger.wrap(key, context))).toBe(strangerSays)
  })

  it('takes a slot of another kind for foreign', async () => {
    const stanza = { kind: 'other', parameters: new Uint8Array(0), body: new Uint8Array(0) }
    expect(await open(source, stanza)).toBe('foreign')
  })

  it('is bound to store and epoch', async () => {
    const stanza = await source.wrap(key, context)
    expect(await outcome(source, stanza, { ...context, epoch: 4 })).toBe('ERR_SEALED_KEY')
    expect(await outcome(source, stanza, { ...context, storeId: new Uint8Array(16) })).toBe('ERR_SEALED_KEY')
  })

  it('refuses a body that was changed, cut or made longer', async () => {
    const { body, ...rest } = await source.wrap(key, context)
    const changed = [body.with(0, (body[0] ?? 0) ^ 1), body.with(-1, (body.at(-1) ?? 0) ^ 1)]
    const resized = [body.slice(0, -1), concatBytes(body, new Uint8Array(1)), new Uint8Array(0)]
    for (const wrong of [
      ...resized,
      ...(source.kind.startsWith('custom') || source.kind === 'broker' ? [] : changed)
    ]) {
      expect(await outcome(source, { ...rest, body: wrong })).toMatch(/^ERR_SEALED_KEY$/)
    }
  })

  it('refuses parameters that are no map, have more in them, or something missing', async () => {
    const stanza = await source.wrap(key, context)
    const wrong = [
      new Uint8Array(0),
      Uint8Array.of(0x80),
      concatBytes(stanza.parameters, new Uint8Array(1)),
      encodeParameters({ unknown: 1 }),
      encodeParameters({ unknown: [[[[[[1]]]]]] })
    ]
    for (const parameters of wrong) {
      expect(await outcome(source, { ...stanza, parameters })).toBe('ERR_SEALED_FORMAT')
    }
  })

  it('shows nothing secret', () => {
    const shown = inspect(source, { depth: 9, showHidden: true }) + JSON.stringify(source)
    expect(shown).not.toMatch(/AGE-SECRET|correct horse/)
  })
})

describe('a passphrase', () => {
  it('is the same in every form of Unicode', async () => {
    const stanza = await passphrase('caf\u00e9', { logN: 14 }).wrap(key, context)
    expect(await open(passphrase('cafe\u0301'), stanza)).toBe('the key')
  })

  it('is the same as its bytes', async () => {
    const stanza = await phrase.wrap(key, context)
    expect(await open(passphrase(new TextEncoder().encode('correct horse battery')), stanza)).toBe('the key')
  })

  it('never has the same salt twice', async () => {
    const [one, two] = [await phrase.wrap(key, context), await phrase.wrap(key, context)]
    expect(one.parameters).not.toEqual(two.parameters)
  })

  it('spends no more on a hostile slot than its bounds', async () => {
    const good = { kdf: 'scrypt', 'log-n': 14, r: 8, p: 1, salt: new Uint8Array(16) }
    const { body } = await phrase.wrap(key, context)
    for (const change of [
      { 'log-n': 19 },
      { 'log-n': 21 },
      { 'log-n': 13 },
      { 'log-n': 1e9 },
      { 'log-n': -1 },
      { r: 1024 },
      { p: 2 },
      { kdf: 'none' },
      { salt: new Uint8Array(15) },
      { salt: 'text' }
    ]) {
      const stanza = { kind: 'passphrase', parameters: encodeParameters({ ...good, ...change }), body }
      expect(await outcome(phrase, stanza)).toBe('ERR_SEALED_FORMAT')
    }
  })

  it('is refused when it is empty, far too long, or its options are wrong', () => {
    for (const wrong of ['', 'x'.repeat(1025), new Uint8Array(0), 5 as never]) {
      expect(codeOf(() => passphrase(wrong))).toBe('ERR_USAGE_OPTION')
    }
    for (const options of [{ logN: 13 }, { logN: 21 }, { n: 1 }]) {
      expect(codeOf(() => passphrase('x', options as object))).toBe('ERR_USAGE_OPTION')
    }
  })
})

describe('a recovery key', () => {
  // `age-keygen -y` gives the recipient for the identity.
  const known = {
    identity: 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX',
    recipient: 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj'
  }

  it('is a key of age', async () => {
    const stanza = await recoveryKey(known.recipient).wrap(key, context)
    expect(await open(recoveryIdentity(known.identity), stanza)).toBe('the key')
    expect(mine.recipient).toMatch(/^age1[a-z0-9]{58}$/)
    expect(mine.identity).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]{58}$/)
  })

  it('needs no secret to wrap, and opens nothing without it', async () => {
    const stanza = await recoveryKey(mine.recipient).wrap(key, context)
    expect(await open(recoveryKey(mine.recipient), stanza)).toBe('foreign')
    expect(await open(recoveryIdentity(mine.identity), stanza)).toBe('the key')
  })

  it('is refused in another form than age writes, and not quoted then', () => {
    const flipped = `${mine.recipient.slice(0, -1)}${mine.recipient.endsWith('q') ? 'p' : 'q'}`
    const short = encodeRecipient(new Uint8Array(31))
    for (const wrong of ['', flipped, short, mine.recipient.toUpperCase(), mine.identity, ` ${mine.recipient}`]) {
      expect(codeOf(() => recoveryKey(wrong))).toBe('ERR_USAGE_OPTION')
    }
    for (const wrong of [
      mine.recipient,
      mine.identity.toLowerCase(),
      mine.identity.slice(0, -1),
      `${mine.identity}\n`
    ]) {
      expect(codeOf(() => recoveryIdentity(wrong))).toBe('ERR_USAGE_OPTION')
    }
    expect(() => recoveryIdentity(mine.identity.slice(0, -1))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(mine.identity.slice(20, 40)) })
    )
  })

  it('refuses recipients that protect nothing', async () => {
    const low = encodeRecipient(new Uint8Array(32))
    expect(await codeOfAsync(() => recoveryKey(low).wrap(key, context))).toBe('ERR_USAGE_OPTION')
  })
})

describe('a broker', () => {
  it('is asked only for slots that it made, and what it refuses is refused', async () => {
    const stanza = await brokerKey(fakeBroker('b', 1)).wrap(key, context)
    expect(await outcome(brokerKey(fakeBroker('b', 1, false)), stanza)).toBe('ERR_SEALED_KEY')
    const notOurs = fakeBroker('other', 1)
    notOurs.unwrap = () => Promise.reject(new Error('asked'))
    expect(await open(brokerKey(notOurs), stanza)).toBe('foreign')
  })

  it('that is away is told as it tells it', async () => {
    const away = fakeBroker('b', 1)
    away.unwrap = () => Promise.reject(new UnavailableError('ERR_STORE_ANCHOR', 'away'))
    expect(await outcome(brokerKey(away), await brokerKey(fakeBroker('b', 1)).wrap(key, context))).toBe(
      'ERR_STORE_ANCHOR'
    )
  })

  it('that answers no key is refused', async () => {
    const odd = fakeBroker('b', 1)
    const stanza = await brokerKey(odd).wrap(key, context)
    for (const answer of [new Uint8Array(31), 'key', null]) {
      odd.unwrap = async () => answer as never
      expect(await outcome(brokerKey(odd), stanza)).toBe('ERR_SEALED_KEY')
    }
    odd.wrap = async () => new Uint8Array(4097)
    expect(await codeOfAsync(() => brokerKey(odd).wrap(key, context))).toBe('ERR_USAGE_OPTION')
  })

  it('needs a name and both methods', () => {
    for (const wrong of [{}, { ...fakeBroker('', 1) }, { ...fakeBroker('x'.repeat(201), 1) }, { name: 'b' }, null]) {
      expect(codeOf(() => brokerKey(wrong as never))).toBe('ERR_USAGE_OPTION')
    }
  })
})

describe('a source of the caller', () => {
  it('is refused with a wrong name or without its parts', () => {
    const good = { name: 'kms', survival: 'durable', wrap: async () => key, unwrap: async () => key }
    for (const change of [
      { name: '' },
      { name: 'K' },
      { name: 'x'.repeat(58) },
      { survival: 'maybe' },
      { wrap: 1 },
      { more: 1 }
    ]) {
      expect(codeOf(() => customKey({ ...good, ...change } as never))).toBe('ERR_USAGE_OPTION')
    }
  })

  it('gets what a slot is bound to, so that it can bind it too', async () => {
    const seen: string[] = []
    const spy = customKey({
      name: 'spy',
      survival: 'durable',
      wrap: async (plain, bound) => {
        seen.push(toHex(bound))
        return plain.slice()
      },
      unwrap: async (wrapped, bound) => {
        seen.push(toHex(bound))
        return wrapped.slice()
      }
    })
    await spy.unwrap(await spy.wrap(key, context), context)
    await spy.wrap(key, { ...context, epoch: 9 })
    expect(new Set(seen).size).toBe(2)
  })
})
