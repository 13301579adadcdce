// The vectors of age's author (C2SP CCTV): every one of them has the outcome that it names, whole and in pieces of any size.
import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import * as vectors from 'cctv-age'
import { expect, it } from 'vitest'
import { concatBytes, toHex } from '../../../packages/sdk/src/core/index.js'
import { agePassphrase, decryptAge, decryptAgeStream } from '../../../packages/sdk/src/seal/format/age/index.js'
import { codeOfAsync } from '../../support/coded.js'

/** What each outcome is called here. */
const codes: Readonly<Record<string, readonly string[]>> = {
  success: ['none'],
  'no match': ['ERR_SEALED_NO_KEY'],
  'HMAC failure': ['ERR_SEALED_AUTH'],
  'header failure': ['ERR_SEALED_FORMAT'],
  'armor failure': ['ERR_SEALED_FORMAT'],
  'payload failure': ['ERR_SEALED_AUTH', 'ERR_SEALED_TRUNCATED', 'ERR_SEALED_FORMAT']
}

interface Vector {
  readonly name: string
  readonly expect: string
  readonly payload: string | undefined
  readonly identities: readonly (string | ReturnType<typeof agePassphrase>)[]
  readonly file: Uint8Array
}

const all = Object.entries(vectors)
  .filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array)
  .map(([name, bytes]) => parseVector(name, bytes))

it('has all vectors', () => {
  expect(all.length).toBe(143)
  expect(all.filter((vector) => vector.expect === 'success').length).toBe(26)
})

it.each(all)('$name: $expect', async ({ expect: outcome, payload, identities, file }) => {
  for (const step of [file.length + 1, 65_552, 997, 61]) {
    if (file.length / step > 5000) continue
    const { code, plaintext } = await decryptInSteps(file, identities, step)
    expect(codes[outcome]).toContain(code)
    // Also where it fails in the end: what was given out until then is what it should be.
    if (payload !== undefined) expect(toHex(createHash('sha256').update(plaintext).digest())).toBe(payload)
    else expect(plaintext.length).toBe(0)
  }
  expect(codes[outcome]).toContain(await codeOfAsync(() => decryptAge(file, { identities })))
})

async function decryptInSteps(file: Uint8Array, identities: Vector['identities'], step: number) {
  const pieces = Array.from({ length: Math.ceil(file.length / step) }, (_, i) => file.slice(i * step, (i + 1) * step))
  const out: Uint8Array[] = []
  const code = await codeOfAsync(async () => {
    for await (const piece of decryptAgeStream(pieces, { identities })) out.push(piece)
  })
  return { code, plaintext: concatBytes(...out) }
}

function parseVector(name: string, bytes: Uint8Array): Vector {
  const end = Buffer.from(bytes).indexOf('\n\n')
  const fields = Buffer.from(bytes.subarray(0, end))
    .toString('latin1')
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const)
  const valuesOf = (key: string): readonly string[] => fields.filter(([name]) => name === key).map(([, value]) => value)
  const body = bytes.slice(end + 2)
  const keys = [...valuesOf('identity'), ...valuesOf('passphrase').map((text) => agePassphrase(text))]
  return {
    name,
    expect: valuesOf('expect')[0] ?? '',
    payload: valuesOf('payload')[0],
    // Some have none, and must fail before one is needed.
    identities: keys.length > 0 ? keys : [agePassphrase('none')],
    file: valuesOf('compressed')[0] === 'zlib' ? new Uint8Array(inflateSync(body)) : body
  }
}
