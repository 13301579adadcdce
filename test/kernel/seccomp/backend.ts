// The process that knows the answers: it listens where the supervisor asks, and where sockets come from that think they are AF_VSOCK.
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveFrame } from './drivers.js'
import { encodeReply, FrameReader } from './frames.js'
import type { KernelHandlers } from './handlers.js'

export interface Backend {
  readonly path: string
  /** What a handler threw; the supervisor is cut off then. */
  readonly failures: readonly unknown[]
  close(): Promise<void>
}

/** `uid`: the user that the supervisor runs as, if not this one. */
export async function startBackend(handlers: KernelHandlers, uid?: number): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'tresor-kernel-'))
  if (uid !== undefined) await chown(folder, uid, uid)
  const path = join(folder, 'backend')
  const failures: unknown[] = []
  const sockets = new Set<Socket>()
  const servers = [
    await listen(path, sockets, (socket) => serveSupervisor(socket, handlers, failures)),
    await listen(`${path}.vsock`, sockets, (socket) => serveStream(socket, handlers))
  ]
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    await rm(folder, { recursive: true })
  }
  return { path, failures, close }
}

function listen(path: string, sockets: Set<Socket>, serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, readableAll: true, writableAll: true }, () => resolve(server))
  })
}

/** Answers each frame when its handler is ready, so that a slow request does not hold up the others. */
function serveSupervisor(socket: Socket, handlers: KernelHandlers, failures: unknown[]): void {
  const reader = new FrameReader()
  const stop = (error: unknown): void => {
    failures.push(error)
    socket.destroy()
  }
  socket.on('data', (chunk) => {
    for (const frame of reader.push(chunk)) {
      serveFrame(frame, handlers).then((reply) => socket.write(encodeReply(frame.id, reply)), stop)
    }
  })
}

/** The supervisor sends cid and port first. */
function serveStream(socket: Socket, handlers: KernelHandlers): void {
  const onReadable = (): void => {
    const header: Buffer | null = socket.read(8)
    if (header === null) return
    socket.off('readable', onReadable)
    handlers.vsock?.serve(socket, { cid: header.readUInt32LE(0), port: header.readUInt32LE(4) })
  }
  socket.on('readable', onReadable)
}
