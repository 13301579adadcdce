// Project Wycheproof's vectors for Cobblestone-256, each opened whole, as a stream and by ranges. Flags say how far each way may get.
import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { SealError, toHex } from '../../../packages/sdk/src/core/index.js'
import type { Aead } from '../../../packages/sdk/src/native/index.js'
import { expectSecretKey } from '../../../packages/sdk/src/seal/format/cobblestone/index.js'
import { plaintextLength } from '../../../packages/sdk/src/seal/format/cobblestone/layout.js'
import { openMessageReader } from '../../../packages/sdk/src/seal/format/cobblestone/message-reader.js'
import { openMessageStream } from '../../../packages/sdk/src/seal/format/cobblestone/message-stream.js'
import { bytesOf, readGroups, type WycheproofTest } from '../../crypto/wycheproof.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { describeWithVectors, hasVectors } from '../../support/vectors.js'
import { describeWithAeads } from './aeads.js'

const file = 'c2sp_chunked_encryption_aes_256_gcm_test.json'
const tests = hasVectors ? readGroups(file).flatMap((group) => group.tests) : []
const valid = tests.filter((test) => test.result === 'valid')
const invalid = tests.filter((test) => test.result !== 'valid')
const refused = expect.stringMatching(/^ERR_(?:SEALED_AUTH|SEALED_TRUNCATED|USAGE_OPTION)$/)

describeWithVectors('the vectors of Wycheproof for Cobblestone-256', () => {
  it('are there, of both kinds', () => {
    expect([valid.length, invalid.length]).toEqual([10, 25])
  })

  describeWithAeads('a message', (load) => {
    it.each(valid)('$tcId opens in every way: $comment', async (test) => {
      const aead = await load()
      const { key, context, sealed } = partsOf(test)
      plaintextLength(sealed.length)
      expect(digestOf(aead.openMessage(key, context, sealed))).toBe(test.msgSha512)
      for (const step of [sealed.length, 16_400, 16_399, 60_001, 7919]) {
        const { plaintext, code } = await openInSteps(aead, test, step)
        expect([digestOf(plaintext), code]).toEqual([test.msgSha512, 'none'])
      }
      expect(digestOf(await readInRanges(aead, test))).toBe(test.msgSha512)
    })

    it.each(invalid)('$tcId is refused in every way: $comment', async (test) => {
      const aead = await load()
      const { key, context, sealed } = partsOf(test)
      expect(codeOf(() => openWhole(aead, key, context, sealed))).toEqual(refused)
      for (const step of [sealed.length, 16_400, 16_399, 1001]) {
        const { plaintext, code } = await openInSteps(aead, test, Math.max(step, 1))
        expect(code).toEqual(refused)
        if (test.msgLength !== undefined) expect(digestOf(plaintext)).toBe(test.msgSha512)
        expect(plaintext.length).toBe(test.msgLength ?? 0)
      }
      expect(await codeOfAsync(() => readInRanges(aead, test))).toEqual(refused)
    })

    it.each(invalid)('$tcId says its length only where its last chunk is genuine: $comment', async (test) => {
      const aead = await load()
      const code = await codeOfAsync(async () => (await openReader(aead, test)).verifyLength())
      expect(code).toEqual(test.flags.includes('ValidFinalChunk') ? 'none' : refused)
    })
  })
})

function partsOf(test: WycheproofTest) {
  return { key: bytesOf(test, 'key'), context: bytesOf(test, 'ctx'), sealed: sealedOf(test) }
}

/** They are compressed with zlib. */
function sealedOf(test: WycheproofTest): Uint8Array {
  return new Uint8Array(inflateSync(bytesOf(test, 'ct')))
}

function openWhole(aead: Aead, key: Uint8Array, context: Uint8Array, sealed: Uint8Array): void {
  plaintextLength(sealed.length)
  const plaintext = aead.openMessage(expectSecretKey(key), context, sealed)
  if (plaintext === undefined) throw new SealError('ERR_SEALED_AUTH', 'refused')
}

/** What is given out, and what comes in the end. */
async function openInSteps(aead: Aead, test: WycheproofTest, step: number) {
  const { key, context, sealed } = partsOf(test)
  const out: Uint8Array[] = []
  const code = await codeOfAsync(async () => {
    const pieces = Array.from({ length: Math.ceil(sealed.length / step) }, (_, i) =>
      sealed.slice(i * step, (i + 1) * step)
    )
    for await (const opened of openMessageStream(aead, { key: expectSecretKey(key), context }, pieces)) out.push(opened)
  })
  return { plaintext: new Uint8Array(Buffer.concat(out)), code }
}

async function openReader(aead: Aead, test: WycheproofTest) {
  const { key, context, sealed } = partsOf(test)
  const read = async (offset: number, length: number): Promise<Uint8Array> => sealed.subarray(offset, offset + length)
  return openMessageReader(aead, expectSecretKey(key), context, { length: sealed.length, read })
}

/** In overlapping strides, the last one first. */
async function readInRanges(aead: Aead, test: WycheproofTest): Promise<Uint8Array> {
  const reader = await openReader(aead, test)
  await reader.verifyLength()
  const whole = new Uint8Array(reader.length)
  for (let at = reader.length - (reader.length % 10_007); at >= 0; at -= 10_007) {
    whole.set(await reader.read(at, Math.min(20_000, reader.length - at)), at)
  }
  reader.close()
  return whole
}

function digestOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'refused' : toHex(createHash('sha512').update(bytes).digest())
}
