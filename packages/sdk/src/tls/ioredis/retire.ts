// Ends a connection of Redis that has grown old. Its client connects and attests anew, and sends again what was not answered; so it is
// done while nothing waits for an answer.
import type { TLSSocket } from 'node:tls'
import { runBefore } from '../run-before.js'

const quietMs = 50
const graceMs = 10_000

/** At `maxAgeMs`, or at the first moment within ten seconds after it at which all commands are answered. */
export function retireWhenQuiet(socket: TLSSocket, maxAgeMs: number): void {
  let readBeforeLastCommand = -1
  runBefore(socket, 'write', () => {
    readBeforeLastCommand = socket.bytesRead
  })
  const isAnswered = (): boolean => socket.bytesRead > readBeforeLastCommand
  let timer = setTimeout(() => {
    timer = endWhenQuiet(socket, isAnswered)
  }, maxAgeMs).unref()
  socket.once('close', () => clearTimeout(timer))
}

/** Quiet is what has moved nothing for a while, and has had an answer since its last command. */
function endWhenQuiet(socket: TLSSocket, isAnswered: () => boolean): NodeJS.Timeout {
  let moved = -1
  let left = graceMs / quietMs
  return setInterval(() => {
    const isStill = socket.bytesRead + socket.bytesWritten === moved
    moved = socket.bytesRead + socket.bytesWritten
    if ((isStill && isAnswered()) || --left <= 0) socket.destroy()
  }, quietMs).unref()
}
