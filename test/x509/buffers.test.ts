// A Buffer is a Uint8Array whose slices are views: what was parsed must not change with it.
import { beforeAll, describe, expect, it } from 'vitest'
import { type FakeAmd, fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { parseCertificate } from '../../packages/sdk/src/x509/index.js'
import { parseCrl } from '../../packages/sdk/src/x509/parse-crl.js'

let amd: FakeAmd
beforeAll(async () => {
  amd = await fakeAmd()
})

describe('what is parsed from a Buffer', () => {
  it('keeps its bytes when a certificate is overwritten', () => {
    const buffer = Buffer.from(amd.certificates.leaf)
    const parsed = parseCertificate(buffer)
    buffer.fill(0)
    expect(parsed).toEqual(parseCertificate(amd.certificates.leaf))
    expect(parsed.spki.constructor).toBe(Uint8Array)
  })

  it('keeps its bytes when a list is overwritten', () => {
    const buffer = Buffer.from(amd.certificates.crl)
    const parsed = parseCrl(buffer)
    buffer.fill(0)
    expect(parsed).toEqual(parseCrl(amd.certificates.crl))
  })
})
