// age files of ours: what is written can be read, by us and by the age command; what was changed cannot; and who may be a recipient.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { concatBytes, SealError } from '../../../packages/sdk/src/core/index.js'
import {
  type AgeRecipient,
  ageKeySource,
  agePassphrase,
  createHybridKey,
  decryptAge,
  decryptAgeStream,
  encryptAge,
  encryptAgeStream
} from '../../../packages/sdk/src/seal/format/age/index.js'
import {
  createRecoveryKey,
  type KeySource,
  passphrase,
  recoveryIdentity,
  recoveryKey
} from '../../../packages/sdk/src/seal/keys/index.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { bytesOf } from '../../support/pattern.js'

const lengths = [0, 1, 65_535, 65_536, 65_537, 131_072, 1_048_576, 1_048_577, 3_000_000]
const quick = { workFactor: 14 }

describe('an age file', () => {
  it.each(lengths)('of %i bytes is read back, whole and in pieces', async (length) => {
    const { recipient, identity } = await createRecoveryKey()
    const plaintext = bytesOf(length)
    const file = await encryptAge(plaintext, { recipients: [recipient] })
    expect(Buffer.compare(await decryptAge(file, { identities: [identity] }), plaintext)).toBe(0)
    const pieces = Readable.from(piecesOf(file, 100_003))
    const out = await gather(decryptAgeStream(pieces, { identities: [identity] }))
    expect(Buffer.compare(out, plaintext)).toBe(0)
  })

  it.each([0, 1, 47, 48, 49, 100_000])('of %i bytes is read back in armor', async (length) => {
    const secret = agePassphrase('correct horse', quick)
    const file = await encryptAge(bytesOf(length), { recipients: [secret], armor: true })
    expect(Buffer.from(file).toString()).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END AGE ENCRYPTED FILE-----\n$/
    )
    expect(Buffer.compare(await decryptAge(file, { identities: [secret] }), bytesOf(length))).toBe(0)
    const spaced = Buffer.concat([
      Buffer.from(' \r\n\n'),
      Buffer.from(Buffer.from(file).toString().replaceAll('\n', '\r\n')),
      Buffer.from('\n\t ')
    ])
    expect(Buffer.compare(await decryptAge(spaced, { identities: [secret] }), bytesOf(length))).toBe(0)
  })

  it('is never the same twice', async () => {
    const { recipient } = await createRecoveryKey()
    const encrypt = () => encryptAge(bytesOf(10), { recipients: [recipient] })
    expect(await encrypt()).not.toEqual(await encrypt())
  })

  it('is for each of its recipients, and for nobody else', async () => {
    const [a, b, c] = [await createRecoveryKey(), await createRecoveryKey(), await createRecoveryKey()]
    const file = await encryptAge(bytesOf(9), { recipients: [a.recipient, b.recipient] })
    for (const { identity } of [a, b])
      expect(await decryptAge(file, { identities: [c.identity, identity] })).toEqual(bytesOf(9))
    expect(await codeOfAsync(() => decryptAge(file, { identities: [c.identity] }))).toBe('ERR_SEALED_NO_KEY')
  })

  it('is refused when any byte was changed, cut off or added, and gives nothing out', async () => {
    const { recipient, identity } = await createRecoveryKey()
    const file = await encryptAge(bytesOf(70), { recipients: [recipient] })
    const refused = expect.stringMatching(/^ERR_SEALED_(?:FORMAT|AUTH|TRUNCATED|NO_KEY)$/)
    const attempts = [
      ...Array.from(file, (byte, at) => Object.assign(file.slice(), { [at]: byte ^ (1 << (at % 8)) })),
      ...Array.from(file, (_, length) => file.slice(0, length)),
      concatBytes(file, Uint8Array.of(0))
    ]
    for (const attempt of attempts) {
      const out: Uint8Array[] = []
      const code = await codeOfAsync(async () => {
        for await (const piece of decryptAgeStream([attempt], { identities: [identity] })) out.push(piece)
      })
      expect([code, out.length]).toEqual([refused, 0])
    }
  })

  it('reads no further than its bounds in what never ends', async () => {
    const { identity } = await createRecoveryKey()
    let given = 0
    const endless = function* (begin: string, line: string) {
      yield Buffer.from(begin)
      for (;;) {
        given += line.length
        yield Buffer.from(line)
      }
    }
    const line = `${'A'.repeat(64)}\n`
    const hostile = [
      endless('age-encryption.org/v1\n-> X25519 a\n', line),
      endless('age-encryption.org/v1\n-> ', 'A'.repeat(100)),
      endless('', ' \n'),
      endless('-----BEGIN AGE ENCRYPTED FILE-----\n', 'A'.repeat(100)),
      endless('', 'garbage')
    ]
    for (const source of hostile) {
      given = 0
      const code = await codeOfAsync(() => gather(decryptAgeStream(source, { identities: [identity] })))
      expect([code, given < 3_000_000]).toEqual(['ERR_SEALED_FORMAT', true])
    }
  })

  it('says that a source gives no bytes', async () => {
    const { recipient, identity } = await createRecoveryKey()
    for (const source of [['text'], [1], 'text', null, 5] as unknown as readonly Uint8Array[][]) {
      expect(await codeOfAsync(() => gather(encryptAgeStream(source, { recipients: [recipient] })))).toBe(
        'ERR_USAGE_OPTION'
      )
      const decrypt = async () => gather(decryptAgeStream(source, { identities: [identity] }))
      expect(await codeOfAsync(decrypt)).toBe('ERR_USAGE_OPTION')
    }
  })

  it('hands on what a source throws, and tells it when no more is wanted', async () => {
    const { recipient, identity } = await createRecoveryKey()
    let isClosed = 0
    const source = async function* (file: Uint8Array, fails: boolean) {
      try {
        yield file
        if (fails) throw new RangeError('from the source')
        yield file
      } finally {
        isClosed++
      }
    }
    await expect(gather(encryptAgeStream(source(bytesOf(5), true), { recipients: [recipient] }))).rejects.toThrow(
      'from the source'
    )
    const file = await encryptAge(bytesOf(3_000_000), { recipients: [recipient] })
    await expect(gather(decryptAgeStream(source(file, true), { identities: [identity] }))).rejects.toThrow(
      'from the source'
    )
    for await (const _ of decryptAgeStream(source(file, false), { identities: [identity] })) break
    for await (const piece of encryptAgeStream(source(bytesOf(4_000_000), false), { recipients: [recipient] })) {
      if (piece.length > 1000) break
    }
    await expect(gather(decryptAgeStream(source(bytesOf(100), false), { identities: [identity] }))).rejects.toThrow()
    expect(isClosed).toBe(5)
  })
})

describe('recipients of age', () => {
  it('may outlast quantum computers', async () => {
    const { recipient, identity } = await createHybridKey()
    expect(recipient).toMatch(/^age1pq1[a-z0-9]{1900,}$/)
    const file = await encryptAge(bytesOf(10), { recipients: [recipient] })
    expect(await decryptAge(file, { identities: [identity] })).toEqual(bytesOf(10))
    const other = await createHybridKey()
    expect(await codeOfAsync(() => decryptAge(file, { identities: [other.identity] }))).toBe('ERR_SEALED_NO_KEY')
  })

  it('may be any key source, with the parameters that it chose', async () => {
    const { recipient, identity } = await createRecoveryKey()
    const file = await encryptAge(bytesOf(10), { recipients: [ageKeySource(recoveryKey(recipient)), recipient] })
    expect(await decryptAge(file, { identities: [ageKeySource(recoveryIdentity(identity))] })).toEqual(bytesOf(10))
    const both = await encryptAge(bytesOf(10), { recipients: [ageKeySource(passphrase('a b c', { logN: 14 }))] })
    expect(await decryptAge(both, { identities: [identity, ageKeySource(passphrase('a b c', { logN: 14 }))] })).toEqual(
      bytesOf(10)
    )
    const wrong = ageKeySource(passphrase('another', { logN: 14 }))
    expect(await codeOfAsync(() => decryptAge(both, { identities: [wrong] }))).toBe('ERR_SEALED_KEY')
    expect(await codeOfAsync(() => decryptAge(both, { identities: [identity] }))).toBe('ERR_SEALED_NO_KEY')
  })

  it('may be written by others, who find what was wrapped in the stanza', async () => {
    const own: AgeRecipient = { wrap: async (fileKey) => [{ args: ['example.com/own', 'x'], body: fileKey }] }
    const file = await encryptAge(bytesOf(10), { recipients: [own] })
    const identity = {
      unwrap: async (stanzas: readonly { args: readonly string[]; body: Uint8Array }[]) => stanzas[0]?.body
    }
    expect(await decryptAge(file, { identities: [identity] })).toEqual(bytesOf(10))
  })

  it('are refused where they write what cannot stand in a file, or give another key', async () => {
    const wraps = [
      [],
      [{ args: [], body: new Uint8Array(1) }],
      [{ args: ['a b'], body: new Uint8Array(1) }],
      [{ args: ['x\n'], body: new Uint8Array(1) }]
    ]
    for (const stanzas of wraps) {
      const encrypt = () => encryptAge(bytesOf(1), { recipients: [{ wrap: async () => stanzas }] })
      expect(await codeOfAsync(encrypt)).toBe('ERR_USAGE_OPTION')
    }
    const { recipient } = await createRecoveryKey()
    const file = await encryptAge(bytesOf(1), { recipients: [recipient] })
    const given = (key: unknown) => ({ unwrap: async () => key as Uint8Array }) // wrong on purpose
    expect(await codeOfAsync(() => decryptAge(file, { identities: [given('key')] }))).toBe('ERR_USAGE_OPTION')
    expect(await codeOfAsync(() => decryptAge(file, { identities: [given(new Uint8Array(16))] }))).toBe(
      'ERR_SEALED_AUTH'
    )
  })

  it('that cannot be asked do not keep others from opening', async () => {
    const { recipient, identity } = await createRecoveryKey()
    const broken: KeySource = {
      ...recoveryKey(recipient),
      unwrap: async () => {
        throw new SealError('ERR_SEALED_KEY', 'not this measurement')
      }
    }
    const file = await encryptAge(bytesOf(1), { recipients: [ageKeySource(broken), recipient] })
    expect(await decryptAge(file, { identities: [ageKeySource(broken), identity] })).toEqual(bytesOf(1))
    expect(await codeOfAsync(() => decryptAge(file, { identities: [ageKeySource(broken)] }))).toBe('ERR_SEALED_KEY')
  })

  it('keep a passphrase alone, and quantum-safe ones among themselves', async () => {
    const [{ recipient }, hybrid] = [await createRecoveryKey(), await createHybridKey()]
    const secret = agePassphrase('x', quick)
    for (const recipients of [
      [recipient, secret],
      [secret, agePassphrase('y', quick)],
      [hybrid.recipient, recipient]
    ]) {
      expect(codeOf(() => encryptAgeStream([], { recipients }))).toBe('ERR_USAGE_OPTION')
    }
  })

  const plugin = 'age1yubikey1qgqqz9w8c0'
  it.each([
    ['a plugin', plugin],
    ['a plugin with a path in its name', 'age1../../bin/sh1qqqq'],
    ['a wrong checksum', 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwq'],
    ['upper case', 'AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ'],
    ['an SSH key', 'ssh-ed25519 AAAA'],
    ['nothing', ''],
    ['a short hybrid key', 'age1pq1qqqq'],
    ['no text', 5]
  ])('are not %s', (_, recipient) => {
    expect(codeOf(() => encryptAgeStream([], { recipients: [recipient as string] }))).toBe('ERR_USAGE_OPTION')
  })

  it.each(['AGE-PLUGIN-YUBIKEY-1QQQ', 'AGE-SECRET-KEY-1GFPYY', 'age-secret-key-1', 'AGE-SECRET-KEY-PQ-1QQ', '', 7])(
    'are opened by no identity such as %j',
    (identity) => {
      expect(codeOf(() => decryptAgeStream([], { identities: [identity as string] }))).toBe('ERR_USAGE_OPTION')
    }
  )

  it('are at least one and not too many', () => {
    for (const recipients of [[], Array.from({ length: 300 }, () => plugin), undefined, 'age1']) {
      expect(codeOf(() => encryptAgeStream([], { recipients: recipients as string[] }))).toBe('ERR_USAGE_OPTION')
    }
  })

  it('bound the work of a passphrase both ways', async () => {
    expect(codeOf(() => agePassphrase('x', { workFactor: 13 }))).toBe('ERR_USAGE_OPTION')
    expect(codeOf(() => agePassphrase('x', { workFactor: 23 }))).toBe('ERR_USAGE_OPTION')
    const file = await encryptAge(bytesOf(1), { recipients: [agePassphrase('x', { workFactor: 15 })] })
    const modest = agePassphrase('x', { maxWorkFactor: 14 })
    expect(await codeOfAsync(() => decryptAge(file, { identities: [modest] }))).toBe('ERR_SEALED_FORMAT')
    expect(await decryptAge(file, { identities: [agePassphrase('x', { maxWorkFactor: 15 })] })).toEqual(bytesOf(1))
  })
})

const hasAge = spawnSync('age', ['--version']).status === 0
const missing = hasAge ? '' : ' (skipped: no age; apt-get install age)'

describe.skipIf(!hasAge)(`the age command${missing}`, () => {
  const folder = hasAge ? mkdtempSync(join(tmpdir(), 'tresor-age-')) : ''
  const path = (name: string): string => join(folder, name)
  afterAll(() => {
    if (hasAge) rmSync(folder, { recursive: true })
  })
  const age = (...args: readonly string[]): Uint8Array => {
    const { status, stdout, stderr } = spawnSync('age', args, { maxBuffer: 1 << 24 })
    if (status !== 0) throw new Error(stderr.toString())
    return new Uint8Array(stdout)
  }

  it.each(lengths)('reads what we write, and we read what it writes: %i bytes', async (length) => {
    const { recipient, identity } = await createRecoveryKey()
    writeFileSync(path('key'), identity)
    for (const armor of [false, true]) {
      writeFileSync(path('ours'), await encryptAge(bytesOf(length), { recipients: [recipient], armor }))
      const opened = age('-d', '-i', path('key'), path('ours'))
      expect(Buffer.compare(opened, bytesOf(length))).toBe(0)
      writeFileSync(path('out'), opened)
      age('-e', ...(armor ? ['-a'] : []), '-r', recipient, '-o', path('theirs'), path('out'))
      const plaintext = await decryptAge(readFileSync(path('theirs')), { identities: [identity] })
      expect(Buffer.compare(plaintext, bytesOf(length))).toBe(0)
    }
  })

  it('opens a file that is for it and for a key source, of which it knows nothing', async () => {
    const { recipient, identity } = await createRecoveryKey()
    writeFileSync(path('key'), identity)
    const recipients = [ageKeySource(recoveryKey((await createRecoveryKey()).recipient)), recipient]
    writeFileSync(path('ours'), await encryptAge(bytesOf(10), { recipients }))
    expect(age('-d', '-i', path('key'), path('ours'))).toEqual(bytesOf(10))
  })
})

function piecesOf(bytes: Uint8Array, step: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => bytes.slice(i * step, (i + 1) * step))
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}
