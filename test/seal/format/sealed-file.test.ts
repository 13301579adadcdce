// Sealed files and values: read back by whoever they are for; refused, with a code, when anything about them is not as it was written.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { concatBytes, SealError, UnavailableError } from '../../../packages/sdk/src/core/index.js'
import { nodeFileSystem } from '../../../packages/sdk/src/seal/backends/directory/file-system.js'
import { openFile, seal, sealFile, unseal } from '../../../packages/sdk/src/seal/format/container/index.js'
import {
  createRecoveryKey,
  type KeySource,
  passphrase,
  recoveryIdentity,
  recoveryKey
} from '../../../packages/sdk/src/seal/keys/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { bytesOf } from '../../support/pattern.js'
import { seeded } from '../../support/seeded.js'

const folder = mkdtempSync(join(tmpdir(), 'tresor-sealed-'))
const path = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const refused = expect.stringMatching(/^ERR_SEALED_(?:FORMAT|SUITE|KEY|NO_KEY|AUTH|TRUNCATED)$/)
const lengths = [0, 1, 16_383, 16_384, 16_385, 1_048_576, 2_500_001]

/** A source without cost, so that thousands of attempts are quick: XOR and a check, as no real one would. */
const quick: KeySource = {
  kind: 'quick',
  survival: 'durable',
  wrap: async (key, { storeId }) => ({
    kind: 'quick',
    parameters: storeId.slice(0, 4),
    body: key.map((byte) => byte ^ 90)
  }),
  unwrap: async ({ kind, body, parameters }, { storeId }) => {
    if (kind !== 'quick') return undefined
    if (!parameters.every((byte, i) => byte === storeId[i]) || body.length !== 32)
      throw new SealError('ERR_SEALED_KEY', 'changed')
    return body.map((byte) => byte ^ 90)
  }
}

describe('a sealed file', () => {
  it.each(lengths)('of %i bytes is read back whole, by ranges and as a stream', async (length) => {
    const { recipient, identity } = await createRecoveryKey()
    const plaintext = bytesOf(length)
    await sealFile(path('a'), Readable.from(piecesOf(plaintext, 99_991)), { keys: [recoveryKey(recipient)] })
    const file = await openFile(path('a'), { keys: [recoveryIdentity(identity)] })
    expect(file.size).toBe(length)
    expect(Buffer.compare(await file.bytes(), plaintext)).toBe(0)
    expect(Buffer.compare(await gather(file.stream()), plaintext)).toBe(0)
    const [start, end] = [Math.floor(length / 3), Math.floor((2 * length) / 3)]
    expect(Buffer.compare(await gather(file.stream({ start, end })), plaintext.subarray(start, end))).toBe(0)
    expect(Buffer.compare(await file.read(start, end - start), plaintext.subarray(start, end))).toBe(0)
    await file.close()
    await file.close()
    expect(await codeOfAsync(() => file.bytes())).toBe('ERR_STORE_CLOSED')
  })

  it('has nothing of its content or its name in clear, and is for its owner only', async () => {
    await sealFile(path('secret-name'), Buffer.from('attack at dawn'.repeat(10)), { keys: [quick] })
    const bytes = readFileSync(path('secret-name'))
    expect(bytes.includes('attack')).toBe(false)
    expect(bytes.includes('secret')).toBe(false)
    expect(statSync(path('secret-name')).mode & 0o777).toBe(0o600)
    await sealFile(path('mode'), bytesOf(1), { keys: [quick], mode: 0o640 })
    expect(statSync(path('mode')).mode & 0o777).toBe(0o640)
  })

  it('opens for each of its keys, and says which is missing or wrong', async () => {
    const { recipient, identity } = await createRecoveryKey()
    await sealFile(path('b'), bytesOf(5), { keys: [recoveryKey(recipient), passphrase('one', { logN: 14 }), quick] })
    for (const key of [recoveryIdentity(identity), passphrase('one', { logN: 14 }), quick]) {
      const file = await openFile(path('b'), { keys: [key] })
      expect(await file.bytes()).toEqual(bytesOf(5))
      await file.close()
    }
    const stranger = recoveryIdentity((await createRecoveryKey()).identity)
    const open = async (...keys: readonly KeySource[]) => (await openFile(path('b'), { keys })).close()
    expect(await codeOfAsync(() => open(stranger))).toBe('ERR_SEALED_NO_KEY')
    expect(await codeOfAsync(() => open(stranger, passphrase('two', { logN: 14 })))).toBe('ERR_SEALED_KEY')
    const away: KeySource = { ...quick, unwrap: () => Promise.reject(new UnavailableError('ERR_TPM_COMMAND', 'away')) }
    expect(await codeOfAsync(() => open(away, passphrase('two', { logN: 14 })))).toBe('ERR_TPM_COMMAND')
    expect(await codeOfAsync(() => open(away, quick))).toBe('none')
  })

  it('takes the place of the one before only when it is whole', async () => {
    await sealFile(path('c'), bytesOf(5), { keys: [quick] })
    const failing = async function* () {
      yield bytesOf(3_000_000)
      throw new RangeError('from the source')
    }
    await expect(sealFile(path('c'), failing(), { keys: [quick] })).rejects.toThrow('from the source')
    for (const call of ['write', 'sync', 'rename'] as const) {
      await expect(sealFile(path('c'), bytesOf(9), { keys: [quick] }, failingAt(call))).rejects.toMatchObject({
        code: 'ENOSPC'
      })
    }
    const file = await openFile(path('c'), { keys: [quick] })
    expect(await file.bytes()).toEqual(bytesOf(5))
    await file.close()
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('is flushed, and its directory too, before the promise is resolved', async () => {
    const calls: string[] = []
    await sealFile(path('d'), bytesOf(9), { keys: [quick] }, recording(calls))
    expect(calls.filter((call) => call !== 'write')).toEqual([
      'open',
      'sync',
      'close',
      'rename',
      'open',
      'sync',
      'close'
    ])
  })

  it('replaces a link, and not what it points to', async () => {
    writeFileSync(path('target'), 'untouched')
    symlinkSync(path('target'), path('link'))
    await sealFile(path('link'), bytesOf(9), { keys: [quick] })
    expect(readFileSync(path('target'), 'utf8')).toBe('untouched')
  })

  it('gives the errors of the file system as they are', async () => {
    await expect(openFile(path('none'), { keys: [quick] })).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' })
    await expect(sealFile(path('no/such'), bytesOf(1), { keys: [quick] })).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await codeOfAsync(() => openFile(folder, { keys: [quick] }))).toBe('ERR_SEALED_FORMAT')
    expect(await codeOfAsync(() => openFile('/dev/null', { keys: [quick] }))).toBe('ERR_SEALED_FORMAT')
  })

  it.each([
    ['no keys', { keys: [] }],
    ['a key that is no source', { keys: ['age1'] }],
    ['another suite', { keys: [quick], suite: 'null' }],
    ['an unknown option', { keys: [quick], overwrite: true }],
    ['hardware only', { keys: [{ ...quick, survival: 'hardware' }] }],
    ['a mode out of range', { keys: [quick], mode: 0o10777 }]
  ])('is not made with %s', async (_, options) => {
    const attempt = () => sealFile(path('e'), bytesOf(1), options as Parameters<typeof sealFile>[2]) // wrong on purpose
    expect(await codeOfAsync(attempt)).toBe('ERR_USAGE_OPTION')
    expect(existsSync(path('e'))).toBe(false)
  })

  it('is made with hardware only where its owner insists', async () => {
    const keys = [{ ...quick, survival: 'hardware' as const }]
    expect(await codeOfAsync(() => sealFile(path('f'), bytesOf(1), { keys, unrecoverable: true }))).toBe('none')
  })
})

describe('a sealed file that was changed', () => {
  const open = async (bytes: Uint8Array): Promise<Uint8Array> => {
    writeFileSync(path('changed'), bytes)
    const file = await openFile(path('changed'), { keys: [quick] })
    try {
      return await file.bytes()
    } finally {
      await file.close()
    }
  }
  const sealed = async (length: number, keys: readonly KeySource[] = [quick]): Promise<Uint8Array> => {
    await sealFile(path('made'), bytesOf(length), { keys })
    return new Uint8Array(readFileSync(path('made')))
  }

  it('is refused for every byte of its header and its message, in bits of all kinds', async () => {
    const file = await sealed(40)
    for (let bit = 0; bit < 8 * file.length; bit += bit < 128 ? 1 : 5) {
      const changed = Object.assign(file.slice(), { [bit >> 3]: (file[bit >> 3] as number) ^ (1 << (bit & 7)) })
      expect(await codeOfAsync(() => open(changed)), `bit ${bit}`).toEqual(refused)
    }
  })

  it('is refused at every shorter and longer length', async () => {
    const file = await sealed(40)
    for (let length = 0; length < file.length; length++)
      expect(await codeOfAsync(() => open(file.slice(0, length)))).toEqual(refused)
    for (const extra of [1, 2, 16, 17, 16_399, 16_400]) {
      expect(await codeOfAsync(() => open(concatBytes(file, new Uint8Array(extra))))).toEqual(refused)
    }
  })

  it('is refused when it is cut around the boundaries of chunks', async () => {
    const file = await sealed(50_000)
    const message = file.length - 56 - 50_000 - 4 * 16
    for (const chunk of [1, 2, 3]) {
      for (let around = -20; around <= 20; around++) {
        const length = message + 56 + chunk * 16_400 + around
        expect(await codeOfAsync(() => open(file.slice(0, length)))).toEqual(refused)
      }
    }
  })

  it('is refused when chunks change places, go missing, come twice or from another file', async () => {
    const [file, other] = [await sealed(70_000), await sealed(70_000)]
    const chunkOf = (bytes: Uint8Array, index: number): Uint8Array => {
      const from = bytes.length - 70_000 - 5 * 16 + index * 16_400
      return bytes.slice(from, Math.min(from + 16_400, bytes.length))
    }
    const head = file.slice(0, file.length - 70_000 - 5 * 16)
    const chunks = [0, 1, 2, 3, 4].map((index) => chunkOf(file, index))
    const [a, b, c, d, e] = chunks as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array] // five
    expect(Buffer.compare(await open(concatBytes(head, a, b, c, d, e)), bytesOf(70_000))).toBe(0)
    const attempts = [
      [b, a, c, d, e],
      [a, b, d, e],
      [a, a, c, d, e],
      [a, b, c, d, d],
      [a, b, c, d],
      [e],
      [a, b, c, d, e, e],
      [chunkOf(other, 0), b, c, d, e],
      [a, b, c, d, chunkOf(other, 4)]
    ]
    for (const attempt of attempts)
      expect(await codeOfAsync(() => open(concatBytes(head, ...attempt)))).toEqual(refused)
  })

  it('is refused with the header of another file, or the salt of another message', async () => {
    const [file, other] = [await sealed(40), await sealed(40)]
    const headerBytes = file.length - 56 - 56
    expect(await codeOfAsync(() => open(concatBytes(other.slice(0, headerBytes), file.slice(headerBytes))))).toBe(
      'ERR_SEALED_AUTH'
    )
    expect(await codeOfAsync(() => open(concatBytes(file.slice(0, headerBytes), other.slice(headerBytes))))).toBe(
      'ERR_SEALED_AUTH'
    )
  })

  it('is refused when stanzas go missing, come twice or change places', async () => {
    const { recipient } = await createRecoveryKey()
    const file = await sealed(10, [quick, recoveryKey(recipient)])
    const view = new DataView(file.buffer)
    const headerBytes = view.getUint32(12)
    const stanzas = stanzasOf(file)
    expect(stanzas.length).toBe(2)
    const [a, b] = stanzas as [Uint8Array, Uint8Array] // two
    for (const list of [[a], [a, a], [b, a], [a, b, b], [a, b, a], [b], []]) {
      const body = concatBytes(...list)
      const header = concatBytes(
        file.slice(0, 32),
        Uint8Array.of(0, list.length),
        body,
        file.slice(headerBytes - 32, headerBytes)
      )
      new DataView(header.buffer).setUint32(12, header.length)
      expect(await codeOfAsync(() => open(concatBytes(header, file.slice(headerBytes))))).toEqual(refused)
    }
  })

  it('never chooses the suite, the version or the use', async () => {
    const file = await sealed(10)
    for (const suite of [0, 2, 255])
      expect(await codeOfAsync(() => open(Object.assign(file.slice(), { 9: suite })))).toBe('ERR_SEALED_SUITE')
    for (const version of [0, 2])
      expect(await codeOfAsync(() => open(Object.assign(file.slice(), { 8: version })))).toBe('ERR_SEALED_FORMAT')
    const value = await seal(bytesOf(10), { keys: [quick], context: '' })
    expect(await codeOfAsync(() => open(value))).toBe('ERR_SEALED_FORMAT')
    expect(await codeOfAsync(() => open(Object.assign(value.slice(), { 10: 1 })))).toBe('ERR_SEALED_AUTH')
  })

  it('is refused while it is open, where a range has been changed or cut off meanwhile', async () => {
    writeFileSync(path('live'), await sealed(200_000))
    const file = await openFile(path('live'), { keys: [quick] })
    const bytes = readFileSync(path('live'))
    bytes[bytes.length - 100_000] = (bytes[bytes.length - 100_000] as number) ^ 1 // within the file
    writeFileSync(path('live'), bytes)
    expect(await codeOfAsync(() => file.bytes())).toBe('ERR_SEALED_AUTH')
    expect(Buffer.compare(await file.read(0, 50_000), bytesOf(50_000))).toBe(0)
    writeFileSync(path('live'), bytes.subarray(0, 60_000))
    expect(await codeOfAsync(() => file.read(100_000, 1000))).toBe('ERR_SEALED_TRUNCATED')
    await file.close()
  })
})

describe('a sealed value', () => {
  const key = new Uint8Array(32).fill(3)

  it.each([0, 1, 1000, 16_384, 100_000])('of %i bytes opens under the same key and context', async (length) => {
    for (const options of [
      { key, context: 'a/b@1' },
      { keys: [quick], context: Uint8Array.of(1, 2) }
    ]) {
      const sealed = await seal(bytesOf(length), options)
      expect(Buffer.compare(await unseal(sealed, options), bytesOf(length))).toBe(0)
    }
  })

  it('is 73 bytes longer than the value', async () => {
    expect((await seal(bytesOf(10), { key, context: '' })).length).toBe(10 + 73)
  })

  it('opens under no other context, key or form', async () => {
    const one = await seal(bytesOf(10), { key, context: 'a' })
    const many = await seal(bytesOf(10), { keys: [quick], context: 'a' })
    expect(await codeOfAsync(() => unseal(one, { key, context: 'b' }))).toBe('ERR_SEALED_AUTH')
    expect(await codeOfAsync(() => unseal(one, { key: new Uint8Array(32), context: 'a' }))).toBe('ERR_SEALED_AUTH')
    expect(await codeOfAsync(() => unseal(one, { keys: [quick], context: 'a' }))).toBe('ERR_SEALED_FORMAT')
    expect(await codeOfAsync(() => unseal(many, { keys: [quick], context: 'b' }))).toBe('ERR_SEALED_AUTH')
    expect(await codeOfAsync(() => unseal(many, { key, context: 'a' }))).toBe('ERR_SEALED_FORMAT')
  })

  it('is refused when any bit was changed, or any byte is missing or too many', async () => {
    const random = seeded(3)
    for (const options of [
      { key, context: 'x' },
      { keys: [quick], context: 'x' }
    ]) {
      const sealed = await seal(bytesOf(20), options)
      const attempts = [
        ...Array.from(sealed, (byte, at) =>
          Object.assign(sealed.slice(), { [at]: byte ^ (1 << Math.floor(random() * 8)) })
        ),
        ...Array.from(sealed, (_, length) => sealed.slice(0, length)),
        concatBytes(sealed, Uint8Array.of(0))
      ]
      for (const attempt of attempts) expect(await codeOfAsync(() => unseal(attempt, options))).toEqual(refused)
    }
  })

  it.each([
    ['no context', { key }],
    ['a context that is a number', { key, context: 5 }],
    ['a long context', { key, context: 'x'.repeat(70_000) }],
    ['a short key', { key: new Uint8Array(16), context: '' }],
    ['both a key and sources', { key, keys: [quick], context: '' }],
    ['neither', { context: '' }],
    ['hardware only', { keys: [{ ...quick, survival: 'hardware' }], context: '' }]
  ])('is not made with %s', async (_, options) => {
    expect(await codeOfAsync(() => seal(bytesOf(1), options as Parameters<typeof seal>[1]))).toBe('ERR_USAGE_OPTION')
  })
})

/** The bytes of each stanza of a sealed file. */
function stanzasOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset)
  let at = 34
  return Array.from({ length: view.getUint16(32) }, () => {
    const from = at
    at += 1 + view.getUint8(at)
    at += 2 + view.getUint16(at)
    at += 2 + view.getUint16(at)
    return file.slice(from, at)
  })
}

/** The real file system, in which one call fails. */
function failingAt(call: 'write' | 'sync' | 'rename'): typeof nodeFileSystem {
  const fail = (): never => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
  }
  return {
    ...nodeFileSystem,
    ...(call === 'rename' ? { rename: async () => fail() } : {}),
    open: async (...args) => {
      const file = await nodeFileSystem.open(...args)
      return call === 'rename' ? file : { ...file, [call]: async () => fail() }
    }
  }
}

function recording(calls: string[]): typeof nodeFileSystem {
  return {
    ...nodeFileSystem,
    rename: (...args) => note('rename', () => nodeFileSystem.rename(...args)),
    open: async (...args) => {
      const file = await note('open', () => nodeFileSystem.open(...args))
      return {
        ...file,
        write: (...rest) => note('write', () => file.write(...rest)),
        sync: () => note('sync', () => file.sync()),
        close: () => note('close', () => file.close())
      }
    }
  }
  function note<T>(name: string, work: () => Promise<T>): Promise<T> {
    calls.push(name)
    return work()
  }
}

function piecesOf(bytes: Uint8Array, step: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => bytes.slice(i * step, (i + 1) * step))
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}
