// The backend in an object store, on a real server of S3: Versity's gateway.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backend, s3 } from '../../packages/sdk/src/seal/index.js'
import { buildGateway, type Gateway, gatewaySkipNote, startGateway } from '../interop/s3/gateway.js'
import { describeBackend } from '../seal/backends/contract.js'

const isMissing = gatewaySkipNote !== ''
let gateway: Gateway

beforeAll(async () => {
  if (isMissing) return
  buildGateway()
  gateway = await startGateway()
}, 900_000)
afterAll(async () => {
  await gateway?.stop()
})

const open = (prefix: string): Backend => s3(gateway.client, gateway.bucket, { prefix, leaseMs: 1000 })

describeBackend(
  `S3${gatewaySkipNote}`,
  async () => {
    const prefix = `${randomUUID()}/`
    return { open: () => open(prefix), remove: async () => undefined }
  },
  isMissing
)

describe.skipIf(isMissing)(`S3 as a backend${gatewaySkipNote}`, () => {
  it('lets one of many that write a root at the same time win, the first time and later', async () => {
    const prefix = `${randomUUID()}/`
    for (let round = 0; round < 3; round++) {
      const { version } = await open(prefix).readRoots()
      const codes = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          open(prefix)
            .swapRoot(0, new Uint8Array(100).fill(16 * round + i), version)
            .then(
              () => 'done',
              (error: { readonly code: string }) => error.code
            )
        )
      )
      expect(codes.sort()).toEqual([...Array(7).fill('ERR_SEALED_CONFLICT'), 'done'])
    }
  })

  it('uploads a blob in parts and gives back any range of it', async () => {
    const backend = open(`${randomUUID()}/`)
    const writer = await backend.createBlob()
    const piece = Uint8Array.from({ length: 1_000_003 }, (_, i) => i % 251)
    for (let i = 0; i < 20; i++) await writer.write(piece)
    await writer.finish()
    const whole = Buffer.concat(Array.from({ length: 20 }, () => piece))
    for (const [offset, length] of [
      [0, 10],
      [8_396_799, 3],
      [16_793_590, 20],
      [whole.length - 1, 1]
    ] as const) {
      const range = await backend.read({ blob: writer.blob, offset }, length)
      expect(Buffer.compare(range, whole.subarray(offset, offset + length))).toBe(0)
    }
  })

  it('takes over from a writer that died, and tells one that only slept', async () => {
    const prefix = `${randomUUID()}/`
    const lease = await open(prefix).lock()
    await gatewayForgets(prefix)
    const next = await open(prefix).lock()
    await next.assertHeld()
    await new Promise((resolve) => setTimeout(resolve, 700)) // past the renewal of the first, which fails
    await expect(lease.assertHeld()).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' })
    await lease.release()
    await next.assertHeld()
    await next.release()
  })
})

/** As if the lease had been given up for lost. */
async function gatewayForgets(prefix: string): Promise<void> {
  const { DeleteObjectCommand } = await import('@aws-sdk/client-s3')
  await gateway.client.send(new DeleteObjectCommand({ Bucket: gateway.bucket, Key: `${prefix}lease` }))
}
