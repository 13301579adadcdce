// What comes from where a TPM should be is hostile: answers of every wrong form, sockets and devices that fail, and bytes on the wire.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../../packages/sdk/src/core/index.js'
import { encodeCommand, parseAnswer, permanent, type TpmCommand } from '../../../packages/sdk/src/seal/tpm/command.js'
import { type DeviceFile, openDevice } from '../../../packages/sdk/src/seal/tpm/device.js'
import { TpmRefusal } from '../../../packages/sdk/src/seal/tpm/failure.js'
import { decryptCfb, encryptCfb, kdfA, kdfE } from '../../../packages/sdk/src/seal/tpm/kdf.js'
import { encodeSelection, policyDigestOf, readPcrs } from '../../../packages/sdk/src/seal/tpm/pcr.js'
import { sealObject, unsealObject } from '../../../packages/sdk/src/seal/tpm/sealed-object.js'
import { openSocket } from '../../../packages/sdk/src/seal/tpm/socket.js'
import { withPrimary } from '../../../packages/sdk/src/seal/tpm/storage-primary.js'
import { Tpm } from '../../../packages/sdk/src/seal/tpm/tpm.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { seeded } from '../../support/seeded.js'
import { skipNote } from '../../support/system-parts.js'
import { missingSwtpm, Swtpm } from './swtpm.js'

const flush: TpmCommand = { command: 'flushContext', handles: [], parameters: fromHex('80000001') }
const success = fromHex('80010000000a00000000')

describe('commands', () => {
  it('are bytes of part 3', () => {
    expect(toHex(encodeCommand(flush, undefined))).toBe('80010000000e0000016580000001')
    const read: TpmCommand = { command: 'pcrRead', handles: [], parameters: encodeSelection([0, 7, 16]) }
    expect(toHex(encodeCommand(read, undefined))).toBe('8001000000140000017e00000001000b03810001')
    const define: TpmCommand = {
      command: 'nvReadPublic',
      handles: [permanent(0x0180_0000)],
      parameters: new Uint8Array(0)
    }
    expect(toHex(encodeCommand(define, undefined))).toBe('80010000000e0000016901800000')
  })

  it('carry an authorization between handles and parameters', () => {
    const authorization = {
      authorize: (code: number, names: readonly Uint8Array[], parameters: Uint8Array) => {
        expect([code, names.map(toHex)]).toEqual([0x165, ['40000001']])
        return { parameters, area: Uint8Array.of(0xaa) }
      },
      confirm: (_: number, parameters: Uint8Array) => parameters
    }
    const bytes = encodeCommand({ ...flush, handles: [permanent(0x4000_0001)] }, authorization)
    expect(toHex(bytes)).toBe('8002000000170000016540000001' + '00000001' + 'aa' + '80000001')
  })
})

describe('an answer', () => {
  it('is taken when it is whole', () => {
    expect(parseAnswer(success, flush, undefined)).toEqual({ handle: 0, parameters: new Uint8Array(0) })
  })

  it.each([
    ['cut', '80010000000a000000'],
    ['longer than it says', '80010000000a0000000000'],
    ['shorter than it says', '80010000000b00000000'],
    ['with sessions that nobody asked for', '80020000000a00000000'],
    ['with another tag', '00c40000000a00000000'],
    ['empty', '']
  ])('is refused when it is %s', (_, hex) => {
    expect(codeOf(() => parseAnswer(fromHex(hex), flush, undefined))).toBe('ERR_TPM_COMMAND')
  })

  it('is refused when it is longer than any answer is', () => {
    expect(codeOf(() => parseAnswer(new Uint8Array(4097), flush, undefined))).toBe('ERR_TPM_COMMAND')
  })

  it('that says no is told with its code, free of the number of what it is about', () => {
    for (const [code, rc] of [
      ['00000101', 0x101],
      ['0000099d', 0x9d],
      ['000001df', 0x9f],
      ['0000028b', 0x8b]
    ] as const) {
      const refused = () => parseAnswer(fromHex(`80010000000a${code}`), flush, undefined)
      expect(refused).toThrow(TpmRefusal)
      expect(refused).toThrow(expect.objectContaining({ rc, code: 'ERR_TPM_COMMAND' }))
    }
  })

  it('is coded or a value, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), fc.boolean(), async (body, isGood) => {
        const size = Buffer.alloc(4)
        size.writeUInt32BE(body.length + 10)
        const answer = isGood ? concatBytes(fromHex('8001'), size, new Uint8Array(4), body) : body
        const tpm = new Tpm({ transmit: async () => answer, close: async () => undefined })
        for (const work of [() => readPcrs(tpm, [0, 1]), () => withPrimary(tpm, new Uint8Array(0), async () => 1)]) {
          expect(['none', 'ERR_TPM_COMMAND']).toContain(await codeOfAsync(work))
        }
      })
    )
  })

  it('with other PCRs than those that were asked for is refused', async () => {
    const value = concatBytes(fromHex('00000001'), fromHex('0020'), new Uint8Array(32))
    const wrong = [
      concatBytes(fromHex('00000005'), encodeSelection([2]), value),
      concatBytes(fromHex('00000005'), encodeSelection([0, 1]), value),
      concatBytes(fromHex('0000000500000000'), fromHex('00000000')),
      concatBytes(fromHex('00000005'), encodeSelection([0]), fromHex('00000001'), fromHex('0014'), new Uint8Array(20)),
      concatBytes(fromHex('00000005'), fromHex('00000001000b20'), new Uint8Array(32).fill(255), fromHex('00000100'))
    ]
    for (const body of wrong) {
      const header = Buffer.from(success)
      header.writeUInt32BE(10 + body.length, 2)
      const tpm = new Tpm({ transmit: async () => concatBytes(header, body), close: async () => undefined })
      expect(await codeOfAsync(() => readPcrs(tpm, [0]))).toBe('ERR_TPM_COMMAND')
    }
  })
})

describe('a TPM that is busy', () => {
  it('is asked again', async () => {
    const answers = [fromHex('80010000000a00000922'), fromHex('80010000000a0000090a'), success]
    const tpm = new Tpm({ transmit: async () => answers.shift() ?? success, close: async () => undefined })
    await tpm.run(flush)
    expect(answers).toHaveLength(0)
  })
})

describe('the device', () => {
  const file = (parts: Partial<DeviceFile>): DeviceFile => ({
    write: async (bytes) => ({ bytesWritten: bytes.length }),
    read: async (target) => {
      target.set(success)
      return { bytesRead: success.length }
    },
    close: async () => undefined,
    ...parts
  })

  it('is always the same, whatever the environment says', async () => {
    const opened: string[] = []
    const open = async (path: string) => {
      opened.push(path)
      return file({})
    }
    const transport = await openDevice(open)
    expect(parseAnswer(await transport.transmit(new Uint8Array(14)), flush, undefined).handle).toBe(0)
    expect(opened).toEqual(['/dev/tpmrm0'])
  })

  it('that is not there, fails, or takes half a command is told', async () => {
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    expect(await codeOfAsync(() => openDevice(() => Promise.reject(missing)))).toBe('ERR_TPM_COMMAND')
    const broken = [
      file({ write: async () => ({ bytesWritten: 3 }) }),
      file({ write: () => Promise.reject(missing) }),
      file({ read: () => Promise.reject(missing) })
    ]
    for (const each of broken) {
      const transport = await openDevice(async () => each)
      expect(await codeOfAsync(() => transport.transmit(new Uint8Array(14)))).toBe('ERR_TPM_COMMAND')
    }
  })
})

describe('a socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tresor-tpm-socket-'))
  let servers: Server[] = []
  afterEach(() => {
    for (const server of servers) server.close()
    servers = []
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A server that does that when a command has come. */
  async function serve(answer: (socket: Socket) => void): Promise<{ readonly path: string }> {
    const path = join(folder, `s${Math.random().toString(36).slice(2)}`)
    const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => answer(socket)))
    servers.push(server.listen(path))
    await once(server, 'listening')
    return { path }
  }

  it('gives the answer however it is cut', async () => {
    const address = await serve((socket) => {
      socket.setNoDelay(true)
      for (const byte of success) socket.write(Uint8Array.of(byte))
    })
    const transport = await openSocket(address, 5000)
    expect(toHex(await transport.transmit(new Uint8Array(14)))).toBe(toHex(success))
    await transport.close()
  })

  it.each<[string, (socket: Socket) => void]>([
    ['ends', (socket) => socket.end()],
    ['ends in the middle', (socket) => socket.end(success.subarray(0, 5))],
    ['is cut off', (socket) => socket.destroy()],
    ['says too much', (socket) => socket.write(concatBytes(success, new Uint8Array(1)))],
    ['promises more than any answer has', (socket) => socket.write(fromHex('8001ffffffff00000000'))],
    ['promises less than a header', (socket) => socket.write(fromHex('80010000000900000000'))],
    ['says nothing', () => undefined]
  ])('that %s is told', async (_, answer) => {
    const transport = await openSocket(await serve(answer), 200)
    expect(await codeOfAsync(() => transport.transmit(new Uint8Array(14)))).toBe('ERR_TPM_COMMAND')
    expect(await codeOfAsync(() => transport.transmit(new Uint8Array(14)))).toBe('ERR_TPM_COMMAND')
  })

  it('where nobody listens is told', async () => {
    expect(await codeOfAsync(() => openSocket({ path: join(folder, 'nobody') }, 1000))).toBe('ERR_TPM_COMMAND')
    expect(await codeOfAsync(() => openSocket({ host: '127.0.0.1', port: 1 }, 1000))).toBe('ERR_TPM_COMMAND')
  })
})

describe('a session', () => {
  it('is not begun with a key whose point is not on the curve', async () => {
    const tpm = new Tpm({ transmit: async () => success, close: async () => undefined })
    const saltKey = {
      handle: 0x8000_0000,
      name: new Uint8Array(34),
      point: { x: new Uint8Array(32), y: new Uint8Array(32) }
    }
    const start = () => tpm.withSession({ type: 'hmac', saltKey }, async () => undefined)
    expect(await codeOfAsync(start)).toBe('ERR_TPM_COMMAND')
  })
})

describe('policies and keys of sessions', () => {
  it('have digests that do not depend on the order of PCRs', () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const digest = policyDigestOf(
      new Map([
        [0, a],
        [7, b]
      ])
    )
    expect(
      policyDigestOf(
        new Map([
          [7, b],
          [0, a]
        ])
      )
    ).toEqual(digest)
    expect(
      policyDigestOf(
        new Map([
          [0, b],
          [7, a]
        ])
      )
    ).not.toEqual(digest)
    expect(
      policyDigestOf(
        new Map([
          [0, a],
          [8, b]
        ])
      )
    ).not.toEqual(digest)
  })

  it('are derived in every length, and open what they closed', () => {
    const long = kdfA(new Uint8Array(32), 'CFB', Uint8Array.of(1), Uint8Array.of(2), 40)
    expect(long).toHaveLength(40)
    expect(toHex(kdfE(new Uint8Array(32), 'SECRET', Uint8Array.of(1), Uint8Array.of(2)))).toHaveLength(64)
    const pad = long.slice(0, 32)
    const secret = Uint8Array.from({ length: 33 }, (_, i) => i)
    expect(decryptCfb(pad, encryptCfb(pad, secret))).toEqual(secret)
  })
})

describe.skipIf(missingSwtpm)(`the wire to a TPM${skipNote(missingSwtpm)}`, () => {
  let swtpm: Swtpm
  beforeAll(async () => {
    swtpm = await new Swtpm().start()
  })
  afterAll(() => swtpm?.remove())
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 200 - i)
  const pcrs = [0]

  /** Seals and unseals; `change` may alter what the TPM answers, and sees everything. */
  async function roundTrip(change: (answer: Uint8Array, number: number) => Uint8Array): Promise<readonly Uint8Array[]> {
    const wire: Uint8Array[] = []
    const transport = await openSocket(swtpm.socket, 5000)
    const tpm = new Tpm({
      transmit: async (command) => {
        wire.push(command.slice())
        const answer = change(await transport.transmit(command), wire.length)
        wire.push(answer)
        return answer
      },
      close: () => transport.close()
    })
    try {
      const policy = policyDigestOf(await readPcrs(tpm, pcrs))
      await withPrimary(tpm, new Uint8Array(0), async (primary) => {
        const object = await sealObject(tpm, primary, policy, secret)
        expect(await unsealObject(tpm, primary, object, pcrs)).toEqual(secret)
      })
    } finally {
      await tpm.close()
    }
    return wire
  }

  it('never shows what is sealed', async () => {
    const wire = await roundTrip((answer) => answer)
    expect(wire.length).toBeGreaterThan(16)
    expect(toHex(concatBytes(...wire))).not.toContain(toHex(secret))
    expect(toHex(concatBytes(...wire))).not.toContain(toHex(secret.slice(0, 8)))
  })

  it('shows when an answer was changed on it', async () => {
    const answers = (await roundTrip((answer) => answer)).length / 2
    const random = seeded(8)
    let refused = 0
    for (let number = 1; number <= answers; number++) {
      await swtpm.stop()
      await swtpm.start()
      const code = await codeOfAsync(async () => {
        await roundTrip((answer, at) => {
          if ((at + 1) / 2 !== number || answer.length === 10) return answer
          const position = 10 + Math.floor(random() * (answer.length - 10))
          return answer.with(position, (answer[position] ?? 0) ^ (1 << Math.floor(random() * 8)))
        })
      })
      expect(['none', 'ERR_TPM_COMMAND']).toContain(code)
      if (code !== 'none') refused++
    }
    expect(refused).toBeGreaterThan(answers / 2)
  })
})
