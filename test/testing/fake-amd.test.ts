import { expect, test } from 'vitest'
import { TresorError } from '../../packages/sdk/src/core/index.js'
import { parseSnpReport, snpProducts } from '../../packages/sdk/src/evidence/index.js'
import { badSnpEvidence, emulateSevGuest, fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { parseCertificate } from '../../packages/sdk/src/x509/index.js'

const reportData = new Uint8Array(64).fill(3)

test('has the names of AMD', async () => {
  const { certificates } = await fakeAmd()
  const names = [certificates.leaf, certificates.ask, certificates.asvk, certificates.ark].map((der) =>
    parseCertificate(der).subject.attributes.map(({ value }) => value)
  )
  const common = ['Engineering', 'US', 'Santa Clara', 'CA', 'Advanced Micro Devices']
  expect(names).toEqual([
    [...common, 'SEV-VCEK'],
    [...common, 'SEV-Milan'],
    [...common, 'SEV-VLEK-Milan'],
    [...common, 'ARK-Milan']
  ])
})

test.each(snpProducts)('gives each name of a %s chip its own id, always the same', async (product) => {
  const ids = await Promise.all(
    ['a', 'b', 'a'].map(async (chip) =>
      (await fakeAmd({ chip, guest: { product } })).report(reportData).slice(0x1a0, 0x1e0)
    )
  )
  expect(ids[0]).toEqual(ids[2])
  expect(ids[0]).not.toEqual(ids[1])
})

test('uses the same keys again, and others for another vendor', async () => {
  const spki = async (vendor: string): Promise<Uint8Array> =>
    parseCertificate((await fakeAmd({ vendor })).certificates.ark).spki
  expect(await spki('amd')).toEqual(await spki('amd'))
  expect(await spki('forger')).not.toEqual(await spki('amd'))
})

test('writes the fields that a test wants', async () => {
  const amd = await fakeAmd()
  expect(parseSnpReport(amd.report(reportData, { vmpl: 2, guestSvn: 7 }))).toMatchObject({
    vmpl: 2,
    guestSvn: 7,
    reportData
  })
})

test('has a reason to refuse each piece of bad evidence', async () => {
  const now = new Date('2026-01-01T00:00:00Z')
  const all = await badSnpEvidence(await fakeAmd({ now }), reportData, now)
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  for (const { code, evidence } of all.filter((bad) => /FORMAT|VERSION/.test(bad.code) && !bad.name.includes('VCEK'))) {
    expect(() => parseSnpReport(evidence.bytes)).toThrow(expect.objectContaining({ code }))
  }
})

test('refuses options that it does not know', async () => {
  const error: unknown = await fakeAmd({ product: 'Milan' } as object).catch((reason: unknown) => reason)
  expect(TresorError.is(error) && error.code).toBe('ERR_USAGE_OPTION')
})

test('emulates the answers of the driver', async () => {
  const { platform, certificateTable } = await fakeAmd()
  const device = emulateSevGuest(platform, certificateTable)
  const request = new Uint8Array(96)
  request.set(reportData)
  expect(device.getReport(request)).toMatchObject({ errno: 0 })
  expect(parseSnpReport(device.getReport(request).response.slice(32, 32 + 1184)).reportData).toEqual(reportData)
  expect(device.getReport(new Uint8Array(95))).toMatchObject({ errno: 22 })
  expect(device.getExtendedReport(request, 0)).toMatchObject({ errno: 5, vmmError: 1, certificatesLength: 8192 })
  expect(device.getExtendedReport(request, 8192)).toMatchObject({ errno: 0, certificates: certificateTable })
  expect(device.getExtendedReport(request, 100)).toMatchObject({ errno: 22 })
  expect(device.getExtendedReport(request, 0x5000)).toMatchObject({ errno: 22 })
  expect(device.getDerivedKey(new Uint8Array(32)).response).toHaveLength(64)
  request[64] = 4
  expect(device.getReport(request).response[0]).toBe(0x16)
})
