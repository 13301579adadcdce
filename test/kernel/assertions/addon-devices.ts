// The addon on character devices that a kernel registered: /dev/sev-guest and /dev/tdx_guest (linux/sev-guest.h, linux/tdx-guest.h).
// The devices' own failures are set through parameters of the module.
import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import {
  nsmRequest,
  type SnpDerivedKeyRequest,
  snpDerivedKey,
  snpExtendedReport,
  snpReport,
  tdxReport
} from '@tresor/native'
import { reportData } from './entry.js'
import type { Assertion, World } from './world.js'

const parameters = '/sys/module/tresor_tee/parameters'
const keyRequest = { rootKeySelect: 0, guestFieldSelect: 8n, vmpl: 0, guestSvn: 0, tcbVersion: 0n } as const

export const addonDevices: readonly Assertion[] = [
  { name: 'the devices are character devices', run: assertCharacterDevices },
  { name: 'addon: a report covers the report data and has the level', run: assertReport },
  { name: 'addon: many requests at once get each its own report', run: assertMany },
  { name: 'addon: an extended report has the certificates of the host', run: assertExtended },
  { name: 'addon: the size of the certificates is asked for first where the caller wants that', run: assertSizeQuery },
  { name: 'addon: a derived key is the same again, and another for other fields', run: assertDerivedKey },
  { name: 'addon: a refused key selection is a status of the firmware', run: assertKeySelection },
  { name: 'addon: what the firmware says to a failed request is passed on', run: assertFirmwareError },
  { name: 'addon: what the host says to a failed request is passed on', run: assertHostError },
  { name: 'addon: a driver without its key answers ENOTTY', run: assertKeyLost },
  { name: 'addon: a TDREPORT covers the report data', run: assertTdReport },
  { name: 'addon: a device that is not there is ENOENT', run: assertNoDevice }
]

/** Makes the driver fail its next request, runs `use`, and undoes it. */
export async function withFailure(
  {
    errno,
    fwError = 0,
    vmmError = 0
  }: { readonly errno: number; readonly fwError?: number; readonly vmmError?: number },
  use: () => Promise<void>
): Promise<void> {
  setParameter('fail_errno', errno)
  setParameter('fail_exitinfo2', (BigInt(vmmError) << 32n) | BigInt(fwError))
  setParameter('fail_count', 1)
  try {
    await use()
  } finally {
    setParameter('fail_count', 0)
  }
}

export async function withoutKey(use: () => Promise<void>): Promise<void> {
  setParameter('key_lost', 'Y')
  try {
    await use()
  } finally {
    setParameter('key_lost', 'N')
  }
}

function setParameter(name: string, value: bigint | number | string): void {
  writeFileSync(`${parameters}/${name}`, String(value))
}

function assertCharacterDevices(): void {
  for (const device of ['/dev/sev-guest', '/dev/tdx_guest']) {
    const { mode } = statSync(device)
    assert.equal(statSync(device).isCharacterDevice(), true)
    assert.equal(mode & 0o777, 0o600)
  }
}

async function assertReport(): Promise<void> {
  const report = await snpReport({ reportData: reportData(1), vmpl: 2 })
  assert.equal(report.length, 1184)
  assert.deepEqual(Buffer.from(report.subarray(0x50, 0x90)), reportData(1))
  assert.equal(Buffer.from(report).readUInt32LE(0x30), 2)
}

async function assertMany(): Promise<void> {
  const seeds = Array.from({ length: 24 }, (_, i) => i)
  const reports = await Promise.all(seeds.map((seed) => snpReport({ reportData: reportData(seed), vmpl: 0 })))
  for (const seed of seeds) assert.deepEqual(Buffer.from(reports[seed]?.subarray(0x50, 0x90) ?? []), reportData(seed))
}

async function assertExtended(world: World): Promise<void> {
  assertAnswer(await snpExtendedReport({ reportData: reportData(2), vmpl: 0 }), world)
}

async function assertSizeQuery(world: World): Promise<void> {
  assertAnswer(await snpExtendedReport({ reportData: reportData(2), vmpl: 0, certificatesBytes: 0 }), world)
}

function assertAnswer(answer: { report: Uint8Array; certificates: Uint8Array }, world: World): void {
  assert.deepEqual(Buffer.from(answer.report.subarray(0x50, 0x90)), reportData(2))
  const { certificates } = answer
  assert.equal(certificates.length % 4096, 0)
  assert.ok(certificates.length >= world.certificateTableBytes)
  assert.ok(certificates.subarray(world.certificateTableBytes).every((byte) => byte === 0))
}

async function assertDerivedKey(): Promise<void> {
  const derive = (request: SnpDerivedKeyRequest): Promise<string> => snpDerivedKey(request).then(toHex)
  const key = await derive(keyRequest)
  assert.equal(key.length, 64)
  assert.equal(await derive(keyRequest), key)
  assert.notEqual(await derive({ ...keyRequest, guestFieldSelect: 9n }), key)
  assert.notEqual(await derive({ ...keyRequest, vmpl: 1 }), key)
}

async function assertKeySelection(): Promise<void> {
  const attempt = snpDerivedKey({ ...keyRequest, rootKeySelect: 1 })
  await assert.rejects(attempt, { code: 'ERR_FIRMWARE_STATUS', status: 0x27, syscall: 'ioctl' })
}

async function assertFirmwareError(): Promise<void> {
  await withFailure({ errno: 5, fwError: 0x16 }, async () => {
    const attempt = snpReport({ reportData: reportData(3), vmpl: 0 })
    await assert.rejects(attempt, { code: 'EIO', errno: -5, syscall: 'ioctl', fwError: 0x16, vmmError: 0 })
  })
  await assertReport()
}

async function assertHostError(): Promise<void> {
  await withFailure({ errno: 11, vmmError: 2 }, async () => {
    const attempt = snpExtendedReport({ reportData: reportData(4), vmpl: 0 })
    await assert.rejects(attempt, { code: 'EAGAIN', errno: -11, fwError: 0, vmmError: 2 })
  })
  await assertReport()
}

async function assertKeyLost(): Promise<void> {
  await withoutKey(() => assert.rejects(snpReport({ reportData: reportData(5), vmpl: 0 }), { code: 'ENOTTY' }))
  await assertReport()
}

async function assertTdReport(): Promise<void> {
  const report = await tdxReport({ reportData: reportData(6) })
  assert.equal(report.length, 1024)
  assert.equal(report[0], 0x81)
  assert.deepEqual(Buffer.from(report.subarray(128, 192)), reportData(6))
}

async function assertNoDevice(): Promise<void> {
  const attempt = nsmRequest({ request: Uint8Array.of(0x60) })
  await assert.rejects(attempt, { code: 'ENOENT', syscall: 'open' })
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
