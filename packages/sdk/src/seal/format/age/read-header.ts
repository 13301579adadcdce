// Takes the header from the front of a stream: no more than belongs to it, and no more than a bounded length.
import type { ByteQueue } from '../byte-queue.js'
import { malformed } from './failures.js'
import { type AgeHeader, maxHeaderBytes, parseHeader, versionLine } from './header.js'

const lineFeed = 10
const dash = 45

/** @throws SealError ERR_SEALED_FORMAT */
export async function readHeader(queue: ByteQueue): Promise<AgeHeader> {
  await assertVersion(queue)
  for (let end = versionLine.length; ; ) {
    const begin = end
    end = await findLineEnd(queue, begin)
    const bytes = await queue.peek(end)
    // Only the last line begins so: base64 has no dashes, and a stanza an arrow.
    if (bytes[begin] === dash && bytes[begin + 1] === dash) {
      const header = parseHeader(bytes.slice(0, end))
      queue.skip(end)
      return header
    }
  }
}

/** Behind the end of the line that begins at `begin`. */
async function findLineEnd(queue: ByteQueue, begin: number): Promise<number> {
  for (let searched = begin; ; ) {
    const bytes = await queue.peek(searched + 1)
    const at = bytes.indexOf(lineFeed, searched)
    if (at >= 0 && at < maxHeaderBytes) return at + 1
    if (bytes.length >= maxHeaderBytes) throw malformed(`expected a header of at most ${maxHeaderBytes} bytes`)
    if (bytes.length <= searched) throw malformed('it ends in its header')
    searched = bytes.length
  }
}

/** Early, so that what is no age file is not searched for the end of a header that it does not have. */
async function assertVersion(queue: ByteQueue): Promise<void> {
  const beginning = await queue.peek(versionLine.length)
  const text = String.fromCharCode(...beginning.subarray(0, versionLine.length))
  if (text !== versionLine) throw malformed('expected the version line of age v1')
}
