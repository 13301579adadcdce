import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { concatBytes, lengthPrefixed } from '../../packages/sdk/src/core/index.js'
import { FrameChannel } from '../../packages/sdk/src/tls/frames.js'

afterEach(() => vi.useRealTimers())

describe('a reader of frames', () => {
  test('reads the same frames, and leaves the same rest, however the bytes come', async () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 4 })
    const property = fc.asyncProperty(
      payloads,
      fc.uint8Array({ maxLength: 50 }),
      fc.array(fc.integer({ min: 1, max: 400 })),
      async (frames, rest, cuts) => {
        const wire = fakeWire()
        const channel = new FrameChannel(wire.socket)
        const received: Uint8Array[] = []
        const reading = (async () => {
          while (received.length < frames.length) received.push(await channel.read(300))
          await channel.release()
        })()
        for (const chunk of cut(concatBytes(...frames.map(lengthPrefixed), rest), cuts)) {
          wire.socket.push(chunk)
          await new Promise((resolve) => setImmediate(resolve))
        }
        await reading
        expect(received.map((payload) => Array.from(payload))).toEqual(frames.map((payload) => Array.from(payload)))
        expect(Array.from(wire.socket.read() ?? [])).toEqual(Array.from(rest))
        expect(wire.socket.readableFlowing).toBe(null)
      }
    )
    await fc.assert(property, { numRuns: 50 })
  })

  test('leaves no listener of its own behind', async () => {
    const { socket } = fakeWire()
    const before = socket.eventNames().map((name) => [name, socket.listenerCount(name)])
    const channel = new FrameChannel(socket, 1000)
    await channel.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(socket.eventNames().map((name) => [name, socket.listenerCount(name)])).toEqual(before)
  })

  test.each([
    ['of no byte', [0, 0, 0, 0]],
    ['of one byte too many', [0, 0, 0, 101]],
    ['of four gigabytes', [255, 255, 255, 255]]
  ])('refuses a frame %s on its header', async (_, header) => {
    const { socket } = fakeWire()
    const reading = new FrameChannel(socket).read(100)
    socket.push(Uint8Array.from(header))
    await expect(reading).rejects.toMatchObject({ code: 'ERR_TLS_PROTOCOL' })
  })

  test('sets memory aside for what has come, not for what is announced', async () => {
    const { socket } = fakeWire()
    const channel = new FrameChannel(socket)
    const reading = channel.read(1 << 30)
    socket.push(Uint8Array.of(0x3f, 0xff, 0xff, 0xff, 1, 2, 3))
    await new Promise((resolve) => setImmediate(resolve))
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(1 << 29)
    socket.destroy()
    await expect(reading).rejects.toMatchObject({ code: 'ERR_TLS_CLOSED' })
  })

  test('fails with the end of the stream, wherever it is', async () => {
    const whole = lengthPrefixed(new Uint8Array(5))
    for (let length = 0; length < whole.length; length++) {
      const { socket } = fakeWire()
      const reading = new FrameChannel(socket).read(100)
      if (length > 0) socket.push(whole.subarray(0, length))
      socket.push(null)
      await expect(reading).rejects.toMatchObject({ code: 'ERR_TLS_CLOSED' })
    }
  })

  test('leaves the end behind the last frame to the protocol above', async () => {
    const { socket } = fakeWire()
    const channel = new FrameChannel(socket)
    const reading = channel.read(100)
    await new Promise((resolve) => setImmediate(resolve))
    socket.push(lengthPrefixed(new Uint8Array(5)))
    socket.push(null)
    await reading
    await channel.release()
    const ended = new Promise((resolve) => socket.on('end', resolve))
    socket.resume()
    await ended
  })

  test('fails when time is over, and after that at once', async () => {
    vi.useFakeTimers()
    const { socket } = fakeWire()
    const channel = new FrameChannel(socket, 1000)
    const { signal } = channel
    const reading = channel.read(100)
    vi.advanceTimersByTime(1000)
    await expect(reading).rejects.toMatchObject({ code: 'ERR_TLS_TIMEOUT' })
    await expect(channel.read(100)).rejects.toMatchObject({ code: 'ERR_TLS_TIMEOUT' })
    await expect(channel.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'ERR_TLS_TIMEOUT' })
    expect(signal.aborted && channel.signal.aborted).toBe(true)
    expect(() => channel.requireSilence()).toThrow(expect.objectContaining({ code: 'ERR_TLS_TIMEOUT' }))
  })

  test('knows when bytes came before their turn', async () => {
    const { socket } = fakeWire()
    const channel = new FrameChannel(socket)
    channel.requireSilence()
    socket.push(Uint8Array.of(1))
    await new Promise((resolve) => setImmediate(resolve))
    expect(() => channel.requireSilence()).toThrow(expect.objectContaining({ code: 'ERR_TLS_PROTOCOL' }))
  })
})

describe('a writer of frames', () => {
  test('waits until the bytes have left, for nobody above may find them under way', async () => {
    const { socket, leave } = fakeWire({ holdsWrites: true })
    const channel = new FrameChannel(socket)
    let isDone = false
    const writing = channel.write(Uint8Array.of(1, 2)).then(() => {
      isDone = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDone).toBe(false)
    leave()
    await writing
  })

  test('stops waiting when the connection ends', async () => {
    const { socket } = fakeWire({ holdsWrites: true })
    const writing = new FrameChannel(socket).write(Uint8Array.of(1, 2))
    socket.destroy()
    await expect(writing).rejects.toMatchObject({ code: 'ERR_TLS_CLOSED' })
  })

  test('gives a peer that does not read a second to hear the farewell', () => {
    vi.useFakeTimers()
    const { socket } = fakeWire({ holdsWrites: true })
    new FrameChannel(socket).close(Uint8Array.of(1))
    vi.advanceTimersByTime(999)
    expect(socket.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(socket.destroyed).toBe(true)
  })
})

/** What a channel needs of a socket. */
function fakeWire({ holdsWrites = false } = {}): { readonly socket: TLSSocket; leave(): void } {
  let leave = (): void => undefined
  const socket = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      leave = done
      if (!holdsWrites) done()
    }
  })
  const destroySoon = (): void => void socket.end(() => socket.destroy())
  Object.assign(socket, { destroySoon })
  return { socket: socket as unknown as TLSSocket, leave: () => leave() } // all that is used of one
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let offset = 0
  for (const size of [...sizes, bytes.length]) {
    if (offset < bytes.length) chunks.push(bytes.slice(offset, offset + size))
    offset += size
  }
  return chunks
}
