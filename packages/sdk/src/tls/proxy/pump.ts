// Joins two connections. What comes in on one goes out on the other, as fast as that takes it; an end is passed on as an end, and a
// failure as a failure.
import type { Socket } from 'node:net'

/** One end of a joined connection. */
export interface End {
  readonly stream: Socket
  /** Ends it so that the peer does not take it for an end in peace. */
  abort(): void
}

/** `halfClosedMs`: how long one direction may be silent when the other has ended. */
export function joinEnds(a: End, b: End, halfClosedMs: number): void {
  carry(a, b, halfClosedMs)
  carry(b, a, halfClosedMs)
}

/** A plain socket of TCP is reset; one of Unix can only be closed. */
export function endOf(stream: Socket): End {
  return { stream, abort: () => resetSocket(stream) }
}

/** RST, where there is such a thing. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.remoteFamily === undefined) socket.destroy()
  else socket.resetAndDestroy()
}

/** `pipe` waits where the other side is slow, and ends it when this side has ended. */
function carry(from: End, to: End, halfClosedMs: number): void {
  const { stream } = from
  stream.on('error', ignore)
  const limitSilence = (): unknown => to.stream.setTimeout(halfClosedMs, () => to.abort())
  if (stream.readableEnded)
    limitSilence() // a peer without a word has ended before anybody listened
  else stream.once('end', limitSilence)
  stream.once('close', () => {
    const isPeace = stream.readableEnded && stream.writableFinished
    if (!isPeace && !to.stream.destroyed) to.abort()
  })
  stream.pipe(to.stream)
}

function ignore(): undefined {
  return undefined // `close` follows
}
