// ASCII armor (c2sp.org/age; RFC 7468 §3): lines of 64 columns between two marks, in one form only. Lines may end in CR LF, and white space
// may stand around it.
import { EvidenceError } from '../../../core/index.js'
import { decodeBase64, encodeBase64 } from '../../../encoding/base64.js'
import { ByteQueue } from '../byte-queue.js'
import type { ByteSource } from '../chunk-stream.js'
import { malformed } from './failures.js'

const begin = '-----BEGIN AGE ENCRYPTED FILE-----'
const end = '-----END AGE ENCRYPTED FILE-----'
const columns = 64
const lineBytes = 48
const batchBytes: number = 1024 * lineBytes
/** So much white space is allowed around it. */
const maxSpace = 1024

/** Text, as bytes. */
export async function* encodeArmor(file: ByteSource): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(file)
  try {
    yield ascii(`${begin}\n`)
    // Whole lines as long as more comes, so that only the last one is short.
    for (let isLast = false; !isLast; ) {
      const held = await queue.peek(batchBytes + 1)
      isLast = held.length <= batchBytes
      const taken = held.subarray(0, batchBytes)
      if (taken.length > 0) yield ascii(`${linesOf(taken).join('\n')}\n`)
      queue.skip(taken.length)
    }
    yield ascii(`${end}\n`)
  } finally {
    await queue.close()
  }
}

function linesOf(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / lineBytes) }, (_, i) =>
    encodeBase64(bytes.subarray(i * lineBytes, (i + 1) * lineBytes))
  )
}

/** Whether what comes is armored: everything else has to be an age file itself. Takes white space before it away, only then. */
export async function startsWithArmor(queue: ByteQueue): Promise<boolean> {
  const text = latin1(await queue.peek(maxSpace + begin.length))
  const space = /^[ \t\r\n]*/.exec(text)?.[0].length ?? 0
  const isArmored = space <= maxSpace && text.startsWith('-----BEGIN', space)
  if (isArmored) queue.skip(space)
  return isArmored
}

/** The file in the armor. @throws SealError ERR_SEALED_FORMAT */
export async function* decodeArmor(queue: ByteQueue): AsyncGenerator<Uint8Array> {
  if ((await takeLine(queue)) !== begin) throw malformed(`armor: expected it to begin with ${begin}`)
  for (let isLast = false; ; ) {
    const line = await takeLine(queue)
    if (line === end) break
    if (isLast || line === undefined)
      throw malformed('armor: expected its end after a line that is shorter than others')
    isLast = line.length < columns
    yield decodeLine(line)
  }
  await assertNothingFollows(queue)
}

function decodeLine(line: string): Uint8Array {
  if (line.length === 0 || line.length > columns) throw malformed('armor: expected lines of 1 to 64 characters')
  try {
    return decodeBase64(line)
  } catch (error) {
    if (error instanceof EvidenceError) throw malformed('armor: expected base64 in its only form')
    throw error
  }
}

/** A line without its end; `undefined` at the end of everything. The last one need not have an end. */
async function takeLine(queue: ByteQueue): Promise<string | undefined> {
  const text = latin1((await queue.peek(columns + 2)).subarray(0, columns + 2))
  if (text === '') return undefined
  const at = text.indexOf('\n')
  if (at < 0 && text.length > columns) throw malformed('armor: expected lines of at most 64 characters')
  const line = at < 0 ? text : text.slice(0, at)
  queue.skip(at < 0 ? text.length : at + 1)
  return at > 0 && line.endsWith('\r') ? line.slice(0, -1) : line
}

async function assertNothingFollows(queue: ByteQueue): Promise<void> {
  const rest = latin1(await queue.peek(maxSpace + 1))
  if (rest.length > maxSpace || !/^[ \t\r\n]*$/.test(rest)) throw malformed('armor: expected nothing after its end')
}

function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
