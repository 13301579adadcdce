// Files as Web streams.
import { ReadableStream, WritableStream } from 'node:stream/web'
import { parseRange, type ReadStreamOptions } from './read-stream.js'
import type { OpenHandle, StreamHandle } from './stream-handle.js'

const pieceBytes = 65_536

/** @throws FsError ERR_OUT_OF_RANGE for an impossible range */
export function toWebStream(
  open: OpenHandle,
  options: Pick<ReadStreamOptions, 'start' | 'end' | 'autoClose'>
): ReadableStream<Uint8Array> {
  const { start, end } = parseRange(options)
  let position = start
  let left = end - (start ?? 0)
  let handle: StreamHandle | undefined
  const close = async () => {
    if (options.autoClose !== false) await handle?.close()
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        handle ??= await open()
        const wanted = Math.min(pieceBytes, left)
        const buffer = new Uint8Array(wanted)
        const { bytesRead } = await handle.read(buffer, 0, wanted, position ?? null)
        left -= bytesRead
        if (position !== undefined) position += bytesRead
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
        if (bytesRead > 0 && left > 0) return
        await close()
        controller.close()
      },
      cancel: close
    },
    { highWaterMark: 0 }
  )
}

/** The file is replaced when the stream is closed; when it is aborted, nothing happens. */
export function toWritableStream(open: OpenHandle): WritableStream<Uint8Array> {
  let handle: StreamHandle | undefined
  return new WritableStream<Uint8Array>({
    start: async () => {
      handle = await open()
    },
    write: async (part) => {
      await handle?.write(part)
    },
    close: async () => {
      await handle?.close()
    },
    abort: async () => {
      await handle?.abandon()
    }
  })
}
