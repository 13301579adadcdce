import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { devicesOf, serveFrame } from './drivers.js'
import { encodeReply, type Frame, FrameReader } from './frames.js'
import { failWith, type KernelHandlers, keyResponse, reportResponse } from './handlers.js'

const { EINVAL, EMSGSIZE, ENOTTY } = constants.errno
const handlers: KernelHandlers = {
  sevGuest: {
    getReport: () => reportResponse(new Uint8Array(1184)),
    getExtendedReport: (_, length) =>
      length === 0
        ? { ...failWith('EIO', { vmmError: 1 }), certificatesLength: 4096 }
        : { ...reportResponse(new Uint8Array(1184)), certificates: new Uint8Array(9000).fill(1) },
    getDerivedKey: () => keyResponse(new Uint8Array(32))
  },
  nsm: { request: () => ({ response: new Uint8Array(100).fill(7) }) }
}

describe('the emulated sev-guest driver', () => {
  it('refuses version 0 before it writes anything', async () => {
    expect(await serveFrame(snp({ version: 0 }), handlers)).toEqual({ errno: EINVAL, writes: [] })
  })

  it.each([{ request: 0n }, { response: 0n }])(
    'refuses null pointers, and writes that nobody was asked',
    async (null_) => {
      const { errno, writes } = await serveFrame(snp(null_), handlers)
      expect(errno).toBe(EINVAL)
      expect(writes).toEqual([{ address: argument + 24n, bytes: Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0]) }])
    }
  )

  it('does not copy its argument back after success', async () => {
    const { errno, writes } = await serveFrame(snp({}), handlers)
    expect({ errno, addresses: writes.map((write) => write.address) }).toEqual({ errno: 0, addresses: [0x2000n] })
  })

  it.each([1, 4095, 0x5000])('refuses room for %i bytes of certificates', async (length) => {
    expect(await serveFrame(extended(0x3000n, length), handlers)).toMatchObject({ errno: EINVAL })
  })

  it('takes no address, or no length, as a question for the size', async () => {
    for (const frame of [extended(0n, 4096), extended(0x3000n, 0)]) {
      const { writes } = await serveFrame(frame, handlers)
      expect(writes.map((write) => [write.address, Buffer.from(write.bytes).toString('hex')])).toEqual([
        [0x1000n + 104n, '00100000'],
        [argument + 24n, '0000000001000000']
      ])
    }
  })

  it('copies as many certificates as there is room for', async () => {
    const { writes } = await serveFrame(extended(0x3000n, 8192), handlers)
    expect(writes.map((write) => [write.address, write.bytes.length])).toEqual([
      [0x2000n, 4000],
      [0x3000n, 8192]
    ])
  })

  it('gives ENOTTY for requests that have no handler', async () => {
    expect(await serveFrame(snp({}), { sevGuest: {} })).toMatchObject({ errno: ENOTTY })
    expect(await serveFrame(snp({}), {})).toEqual({ errno: ENOTTY, writes: [] })
  })
})

describe('the emulated nsm driver', () => {
  it('refuses a request of more than 4096 bytes', async () => {
    expect(await serveFrame(nsm(0x1001, 0x3000), handlers)).toEqual({ errno: EMSGSIZE, writes: [] })
  })

  it('cuts a response off without a word', async () => {
    const { errno, writes } = await serveFrame(nsm(1, 10), handlers)
    expect({ errno, lengths: writes.map((write) => write.bytes.length) }).toEqual({ errno: 0, lengths: [10, 8] })
    expect(Buffer.from(writes[1]?.bytes ?? []).readBigUInt64LE()).toBe(10n)
  })
})

describe('the emulated machine', () => {
  it('has the devices that have handlers', () => {
    expect(devicesOf(handlers)).toEqual(['sev-guest', 'nsm'])
    expect(devicesOf({})).toEqual([])
  })
})

describe('frames', () => {
  const frame = Buffer.from(
    `31000000${'0100000000000000'}${'03000000'}${'000a20c0'}${'0010000000000000'}${'08000000'}${'aa'.repeat(8)}${'09000000'}${'bb'.repeat(9)}`,
    'hex'
  )

  it('are read however the stream is cut', () => {
    const expected = { id: 1n, subject: 'nsm', command: 0xc0200a00, argument: 0x1000n }
    for (let size = 1; size <= frame.length; size++) {
      const reader = new FrameReader()
      const stream = Buffer.concat([frame, frame])
      const frames: Frame[] = []
      for (let start = 0; start < stream.length; start += size)
        frames.push(...reader.push(stream.subarray(start, start + size)))
      expect(frames).toMatchObject([expected, expected])
      expect(frames[1]?.outer.toString('hex') + (frames[1]?.nested.toString('hex') ?? '')).toBe(
        'aa'.repeat(8) + 'bb'.repeat(9)
      )
    }
  })

  it('are written with what goes into the memory of the program', () => {
    const reply = encodeReply(2n, { errno: 5, writes: [{ address: 16n, bytes: Uint8Array.of(1, 2) }] })
    expect(reply.toString('hex')).toBe(
      '1a000000' + '0200000000000000' + '05000000' + '1000000000000000' + '02000000' + '0102'
    )
  })
})

const argument = 0x7000n

function snp({ version = 1, request = 0x1000n, response = 0x2000n, command = 0xc0205300 }): Frame {
  const outer = Buffer.alloc(32)
  outer.writeUInt8(version, 0)
  outer.writeBigUInt64LE(request, 8)
  outer.writeBigUInt64LE(response, 16)
  return { id: 1n, subject: 'sev-guest', command, argument, outer, nested: Buffer.alloc(request === 0n ? 0 : 112) }
}

function extended(address: bigint, length: number): Frame {
  const frame = snp({ command: 0xc0205302 })
  frame.nested.writeBigUInt64LE(address, 96)
  frame.nested.writeUInt32LE(length, 104)
  return frame
}

function nsm(requestBytes: number, responseBytes: number): Frame {
  const outer = Buffer.alloc(32)
  outer.writeBigUInt64LE(0x1000n, 0)
  outer.writeBigUInt64LE(BigInt(requestBytes), 8)
  outer.writeBigUInt64LE(0x2000n, 16)
  outer.writeBigUInt64LE(BigInt(responseBytes), 24)
  return { id: 1n, subject: 'nsm', command: 0xc0200a00, argument, outer, nested: Buffer.alloc(requestBytes) }
}
