// What the addon asks of any kernel: locked memory, and streams of AF_VSOCK to a peer on the loopback.
import assert from 'node:assert/strict'
import { memory, vsockRequest } from '@tresor/native'
import type { Assertion } from './world.js'

const loopback = 1
/** Of vsock-echo.c. */
const echoPort = 4050
const nobodysPort = 4051

export const addonMemory: readonly Assertion[] = [
  { name: 'addon: memory for keys is secret memory, which the kernel itself cannot reach', run: assertSecretMemory },
  { name: 'addon: secret memory keeps what is put in, and nothing after it was wiped', run: assertContents },
  { name: 'addon: the limit of locked memory is met without a crash, and said', run: assertLimit }
]

export const addonVsock: readonly Assertion[] = [
  { name: 'addon: a message goes over a real vsock and comes back', run: assertEcho },
  { name: 'addon: a long message comes back whole', run: assertLongEcho },
  { name: 'addon: nobody at the port is an error, not a wait', run: assertNobody }
]

function assertSecretMemory(): void {
  const handle = memory.allocate(64)
  const { kind, locked, dontDump } = memory.info(handle)
  memory.wipe(handle)
  assert.deepEqual({ kind, locked, dontDump }, { kind: 'memfd_secret', locked: true, dontDump: true })
}

function assertContents(): void {
  const handle = memory.allocate(32)
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i)
  memory.fill(handle, bytes)
  assert.deepEqual(new Uint8Array(memory.read(handle)), bytes)
  assert.equal(memory.equals(handle, bytes), true)
  memory.fillRandom(handle)
  assert.equal(memory.equals(handle, bytes), false)
  memory.wipe(handle)
  assert.equal(memory.info(handle).kind, 'wiped')
  assert.throws(() => memory.read(handle))
}

/** More than RLIMIT_MEMLOCK of a user; root has no limit. */
function assertLimit(): void {
  const handles = [memory.allocate(16 << 20), memory.allocate(64)]
  const [large, small] = handles.map((handle) => memory.info(handle))
  for (const handle of handles) memory.wipe(handle)
  const isRoot = process.getuid?.() === 0
  assert.equal(large?.locked, isRoot)
  assert.equal(large?.lockError === undefined, isRoot)
  assert.equal(small?.locked, true)
}

async function assertEcho(): Promise<void> {
  assert.deepEqual(await echo(framed(12)), framed(12))
}

async function assertLongEcho(): Promise<void> {
  assert.deepEqual(await echo(framed(300_000)), framed(300_000))
}

async function assertNobody(): Promise<void> {
  const request = {
    cid: loopback,
    port: nobodysPort,
    request: framed(4),
    maxResponse: 64,
    lengthPrefixed: true,
    timeoutMs: 5000
  }
  await assert.rejects(vsockRequest(request), { code: 'ECONNRESET', syscall: 'connect' })
}

async function echo(request: Uint8Array): Promise<Uint8Array> {
  const answer = await vsockRequest({
    cid: loopback,
    port: echoPort,
    request,
    maxResponse: 1 << 20,
    lengthPrefixed: true,
    timeoutMs: 20_000
  })
  return new Uint8Array(answer)
}

/** A length, big endian, and so many bytes. */
function framed(length: number): Uint8Array {
  const bytes = Buffer.alloc(4 + length, 7)
  bytes.writeUInt32BE(length)
  return new Uint8Array(bytes)
}
