// A TPM behind a stream socket that carries bare commands and answers, as swtpm does (swtpm socket --server).
import { connect, type Socket } from 'node:net'
import { concatBytes, UnavailableError } from '../../core/index.js'
import { brokenTransport } from './failure.js'
import { headerBytes, maxMessageBytes, type TpmTransport } from './transport.js'

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number }

/** @throws UnavailableError ERR_TPM_COMMAND */
export async function openSocket(address: SocketAddress, timeoutMs: number): Promise<TpmTransport> {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`
  const socket = await connectTo(address, where, timeoutMs)
  return {
    transmit: (command) => exchange(socket, command, where, timeoutMs),
    close: async () => {
      socket.destroy()
    }
  }
}

function connectTo(address: SocketAddress, where: string, timeoutMs: number): Promise<Socket> {
  const socket = connect(address)
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy()
      reject(brokenTransport(where, error))
    }
    socket.setTimeout(timeoutMs, () => fail(new Error('it does not answer')))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      socket.setTimeout(0)
      socket.on('error', () => undefined) // told to whoever waits, by 'close'
      resolve(socket)
    })
  })
}

/** The size in the header says where an answer ends. What comes after it, or makes it longer than any answer, breaks the connection. */
function exchange(socket: Socket, command: Uint8Array, where: string, timeoutMs: number): Promise<Uint8Array> {
  let received: Uint8Array = new Uint8Array(0)
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      socket.off('data', take).off('close', gone)
      finish()
    }
    const fail = (reason: string) => {
      settle(() => reject(new UnavailableError('ERR_TPM_COMMAND', `TPM: ${where}: ${reason}`)))
      socket.destroy()
    }
    const gone = () => fail('the connection ended')
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs)
    const take = (chunk: Uint8Array) => {
      received = concatBytes(received, chunk)
      const size = sizeOf(received)
      if (size !== undefined && (size < headerBytes || size > maxMessageBytes || received.length > size)) {
        fail('the answer has a wrong size')
      } else if (received.length === size) settle(() => resolve(received))
    }
    socket.on('data', take).on('close', gone)
    if (socket.destroyed) gone()
    else socket.write(command)
  })
}

function sizeOf(received: Uint8Array): number | undefined {
  return received.length < 6 ? undefined : new DataView(received.buffer, received.byteOffset).getUint32(2)
}
