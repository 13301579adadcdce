import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { describeAddon, runAddon } from './addon-program.js'
import { failWith, type NsmHandlers, type VsockAddress, type VsockHandlers } from './handlers.js'

describeAddon('the TDX device', () => {
  const call = 'return attempt(addon.tdxReport({ reportData: data(9) }).then(hex))'

  it('gives the report over the data that was sent', async () => {
    const getReport = (reportData: Uint8Array) => ({ report: Buffer.concat([Buffer.alloc(128), reportData], 1024) })
    const report = Buffer.from(String(await runAddon(call, { tdxGuest: { getReport } })), 'hex')
    expect(report).toEqual(Buffer.concat([Buffer.alloc(128), Buffer.alloc(64, 9)], 1024))
  })

  it.each(['EIO', 'ENOMEM', 'EINVAL', 'EBUSY', 'EINTR'] as const)('passes %s on', async (code) => {
    expect(await runAddon(call, { tdxGuest: { getReport: () => failWith(code) } })).toEqual({
      name: 'Error',
      message: `${code}: ioctl /dev/tdx_guest, TDX_CMD_GET_REPORT0`,
      code,
      errno: -constants.errno[code],
      syscall: 'ioctl'
    })
  })

  it('is no other device', async () => {
    const body = `return Promise.all([attempt(addon.nsmRequest({ request: data(1) })), attempt(addon.snpReport({ reportData: data(1), vmpl: 0 }))])`
    const missing = { code: 'ENOENT', syscall: 'open' }
    expect(await runAddon(body, { tdxGuest: { getReport: () => ({}) } })).toMatchObject([missing, missing])
  })
})

describeAddon('the Nitro security module', () => {
  const run = (size: number, nsm: NsmHandlers): Promise<unknown> =>
    runAddon(`return attempt(addon.nsmRequest({ request: new Uint8Array(${size}).fill(3) }).then(hex))`, { nsm })

  it.each([1, 100, 0x1000])('gets a request of %i bytes as it is', async (size) => {
    const requests: Uint8Array[] = []
    const request = (bytes: Uint8Array): { readonly response: Uint8Array } => {
      requests.push(bytes)
      return { response: bytes }
    }
    await run(size, { request })
    expect(requests).toEqual([Buffer.alloc(size, 3)])
  })

  it.each([0, 1, 0x3000])('gives a response of %i bytes as it is', async (size) => {
    const response = Buffer.alloc(size, 4)
    expect(await run(1, { request: () => ({ response }) })).toBe(response.toString('hex'))
  })

  it('has no more room than the driver takes', async () => {
    expect(await run(1, { request: () => ({ response: Buffer.alloc(0x3001) }) })).toHaveLength(2 * 0x3000)
  })

  it.each(['EMSGSIZE', 'EINVAL', 'EIO', 'EFAULT', 'ENOMEM'] as const)('passes %s on', async (code) => {
    expect(await run(1, { request: () => failWith(code) })).toMatchObject({ code, syscall: 'ioctl' })
  })
})

describeAddon('an exchange over vsock', () => {
  interface Exchange {
    readonly lengthPrefixed?: boolean
    readonly maxResponse?: number
    readonly timeoutMs?: number
    readonly request?: number
  }

  const run = (vsock: VsockHandlers, exchange: Exchange = {}): Promise<unknown> => {
    const { lengthPrefixed = true, maxResponse = 4096, timeoutMs = 5000, request = 8 } = exchange
    return runAddon(
      `return attempt(addon.vsockRequest({ cid: 2, port: 4050, request: new Uint8Array(${request}).fill(5), maxResponse: ${maxResponse},
        lengthPrefixed: ${lengthPrefixed}, timeoutMs: ${timeoutMs} }).then(hex))`,
      { vsock }
    )
  }
  /** Answers the first bytes that come in. */
  const answering = (answer: (stream: Duplex) => void): VsockHandlers => ({
    serve: (stream) => void stream.once('data', () => answer(stream))
  })

  it('reaches the address that was meant, with the bytes as they are', async () => {
    const seen: unknown[] = []
    const serve = (stream: Duplex, address: VsockAddress): void => {
      stream.once('data', (chunk) => {
        seen.push(address, chunk)
        stream.write(Buffer.from('00000002abcd', 'hex'))
      })
    }
    expect(await run({ serve })).toBe('00000002abcd')
    expect(seen).toEqual([{ cid: 2, port: 4050 }, Buffer.alloc(8, 5)])
  })

  it('ends with the length in front, whatever follows and however it is cut', async () => {
    const slowly = async (stream: Duplex): Promise<void> => {
      for (const byte of Buffer.from('00000003aabbccdd', 'hex')) {
        stream.write(Uint8Array.of(byte))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    expect(await run(answering(slowly))).toBe('00000003aabbcc')
    expect(await run(answering((stream) => stream.write(Buffer.alloc(4))))).toBe('00000000')
  })

  it('ends with the stream where there is no length in front', async () => {
    const whole = { lengthPrefixed: false }
    expect(
      await run(
        answering((stream) => stream.end('abc')),
        whole
      )
    ).toBe(Buffer.from('abc').toString('hex'))
    expect(
      await run(
        answering((stream) => stream.end()),
        whole
      )
    ).toBe('')
    expect(
      await run(
        answering((stream) => stream.write('abcdef')),
        { ...whole, maxResponse: 4 }
      )
    ).toHaveLength(8)
  })

  it('carries much in both directions', async () => {
    const serve = (stream: Duplex): void => {
      let bytes = 0
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes === 1 << 20) stream.write(Buffer.concat([Buffer.from('000ffffc', 'hex')], 1 << 20))
      })
    }
    expect(await run({ serve }, { request: 1 << 20, maxResponse: 1 << 20 })).toHaveLength(2 << 20)
  })

  it('refuses a length that is more than the caller takes', async () => {
    const claims = (hex: string): VsockHandlers => answering((stream) => stream.write(Buffer.from(hex, 'hex')))
    const tooLong = { code: 'EMSGSIZE', syscall: 'recv' }
    expect(await run(claims('ffffffff'))).toMatchObject(tooLong)
    expect(await run(claims('00000ffd'))).toMatchObject(tooLong)
    expect(await run(claims('00000000'), { maxResponse: 3 })).toMatchObject(tooLong)
  })

  it('refuses an answer that ends early', async () => {
    for (const hex of ['', '0000', '00000003aabb']) {
      const cut = answering((stream) => stream.end(Buffer.from(hex, 'hex')))
      expect(await run(cut)).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' })
    }
  })

  it('waits no longer than it was told to', async () => {
    expect(
      await run(
        answering(() => undefined),
        { timeoutMs: 50 }
      )
    ).toMatchObject({ code: 'ETIMEDOUT', syscall: 'poll' })
  })

  it.each(['ETIMEDOUT', 'ENODEV', 'ECONNRESET', 'ECONNREFUSED'] as const)(
    'says %s when nobody is there',
    async (code) => {
      expect(await run({ connect: () => constants.errno[code], serve: () => undefined })).toEqual({
        name: 'Error',
        message: `${code}: connect vsock`,
        code,
        errno: -constants.errno[code],
        syscall: 'connect'
      })
    }
  )
})
