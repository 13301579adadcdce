// What inspect says of Intel's files: signed collateral, certificates of platforms, event logs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeEventLog } from '../../packages/sdk/src/attest/simulator/intel/event-log.js'
import { encodeChain } from '../../packages/sdk/src/attest/simulator/intel/index.js'
import { concatBytes, toHex, utf8 } from '../../packages/sdk/src/core/index.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type FakeIntel, fakeIntel } from '../../packages/sdk/src/testing/index.js'
import { describeWithVectors, readVector } from '../support/vectors.js'
import { run, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64).fill(7)
let intel: FakeIntel
let chain: Uint8Array

beforeAll(async () => {
  intel = await fakeIntel({ now })
  chain = encodeChain([intel.material.certificates.tcbSigning, intel.material.certificates.root])
})

const file = (data: Uint8Array): string => {
  writeFileSync(join(directory, 'input'), data)
  return join(directory, 'input')
}
const inspect = async (data: Uint8Array, at = now): Promise<string> => {
  const { code, stdout, stderr } = await run(['inspect', file(data)], { now: at, columns: 120 })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('not verified: these are claims')
  return stdout
}
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('inspect says of signed collateral', () => {
  it('what TCB info rates, and how', async () => {
    expect(await inspect(intel.material.tcbInfo.tdx)).toMatchSnapshot()
  })

  it('which enclave a QE identity is about', async () => {
    expect(await inspect(intel.material.qeIdentity.sgx)).toMatchSnapshot()
  })

  it('who signed it, where the issuer chain stands before it', async () => {
    const shown = await inspect(concatBytes(chain, intel.material.tcbInfo.sgx))
    expect(shown).toContain('TCB info of SGX, FMSPC ')
    expect(shown).toContain('issuer chain 2 certificates')
    expect(shown).toContain('certificate Intel SGX TCB Signing')
    expect(shown).toContain('certificate Intel SGX Root CA')
  })

  it('that it has expired, or is of the future', async () => {
    expect(await inspect(intel.material.qeIdentity.tdx, new Date('2036-01-01'))).toContain('✗ no longer valid')
    expect(await inspect(intel.material.tcbInfo.tdx, new Date('2016-01-01'))).toContain('✗ not valid yet')
  })

  it('the same as JSON', async () => {
    const { json } = await run(['inspect', file(intel.material.tcbInfo.tdx), '--json'], { now })
    expect(json).toMatchObject({ verified: false, what: 'tcb-info', fields: { evaluation: '20' } })
  })
})

describe('inspect says of a PCK certificate', () => {
  it('which platform it certifies, in which versions', async () => {
    const { platform, material } = intel
    const shown = await inspect(material.certificates.pck)
    for (const value of [toHex(platform.fmspc), toHex(platform.platformInstanceId), platform.sgxComponents.join(' ')]) {
      expect(shown.replaceAll('…', '')).toContain(value.length > 28 ? value.slice(0, 12) : value)
    }
    expect(shown).toMatch(/certified by +Platform CA/)
    expect(shown).toMatch(/SGX type +scalable\n/)
    expect(shown).toMatch(/SMT enabled +(yes|no)/)
  })

  it('under the Processor CA no more than that states', async () => {
    const { material } = await fakeIntel({ now, ca: 'processor' })
    const shown = await inspect(utf8(encodePem('CERTIFICATE', material.certificates.pck)))
    expect(shown).toMatch(/certified by +Processor CA/)
    expect(shown).not.toContain('platform instance id')
  })
})

describe('inspect says of an event log', () => {
  it('what extended which register, and where that leads', async () => {
    const log = encodeEventLog(intel.td.events)
    const { json } = await run(['inspect', file(log), '--json'], { now })
    const replayed = intel.td.bootRtmrs.map((value, i) => [`RTMR${i} replayed`, toHex(value)])
    expect(json.fields).toEqual(Object.fromEntries(replayed))
    expect(await inspect(log)).toMatchSnapshot()
  })

  it('the name of a variable, and of text only what can be printed', async () => {
    const name = Array.from(utf8('SecureBoot')).flatMap((byte) => [byte, 0])
    const variable = concatBytes(new Uint8Array(16), Uint8Array.of(10, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(8))
    const shown = await inspect(
      encodeEventLog([
        { rtmr: 0, type: 0x8000_0001, data: concatBytes(variable, Uint8Array.from(name)) },
        { rtmr: 0, type: 0x8000_0001, data: new Uint8Array(3).fill(0xff) },
        { rtmr: 2, type: 0x0d, data: utf8('evil\u001b[2Jcommand') },
        { rtmr: 3, type: 0x1234, data: new Uint8Array(0) }
      ])
    )
    expect(shown).toMatch(/EV_EFI_VARIABLE_DRIVER_CONFIG \w+…\w+ 'SecureBoot'/)
    expect(shown).toMatch(/EV_IPL \w+…\w+ 'evil \[2Jcommand'/)
    expect(shown).toContain('type 0x1234 ')
    expect(shown).not.toContain('\u001b')
  })
})

/** As firmware makes it: header, type TDX, 64 KiB at 0x7e7bb000. */
function ccelTable(changes: Readonly<Record<number, number>> = {}): Uint8Array {
  const table = new Uint8Array(56)
  table.set(utf8('CCEL'))
  table.set([56, 0, 0, 0, 1, 0, ...utf8('INTEL EDK2    ')], 4)
  table.set([2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xb0, 0x7b, 0x7e], 36)
  for (const [at, byte] of Object.entries(changes)) table[Number(at)] = byte
  table[9] = 256 - (table.reduce((sum, byte) => sum + byte, 0) & 0xff)
  return table
}

describe('inspect says of the ACPI table CCEL', () => {
  it('for which TEE it is, where the log is, and that this is not the log', async () => {
    const shown = await inspect(ccelTable())
    expect(shown).toMatch(/TEE +TDX \(type 2, subtype 0\)/)
    expect(shown).toMatch(/log area +65536 bytes at 0x7e7bb000/)
    expect(shown).toContain('only says where the log is')
    expect(await inspect(ccelTable({ 36: 7 }))).toMatch(/TEE +unknown \(type 7/)
  })

  it('what the log says that stands behind it', async () => {
    const shown = await inspect(concatBytes(ccelTable(), encodeEventLog(intel.td.events)))
    expect(shown).toContain('ACPI table CCEL')
    expect(shown).toContain(`event log with`)
    expect(shown).not.toContain('only says where the log is')
  })
})

describe('inspect says of a quote', () => {
  it('which platform it comes from, where it carries the PCK certificate', async () => {
    const shown = await inspect(intel.tdxQuote(reportData))
    expect(shown).toMatch(/certification +PCK certificate in the quote \(type 5\)/)
    expect(shown).toMatch(/FMSPC +90c06f000000/)
  })

  it.each([
    [1, 36, 'names its platform only (type 1)'],
    [7, 100, 'platform manifest (type 7)']
  ])('that the PCK certificate is elsewhere: type %i', async (type, length, expected) => {
    const certification = { type, data: new Uint8Array(length) }
    expect(await inspect(intel.sgxQuote(reportData, { certification }))).toContain(expected)
  })

  it('what else it says where its certificates cannot be read', async () => {
    const certification = { type: 5, data: utf8('no certificate') }
    const shown = await inspect(intel.tdxQuote(reportData, { certification }))
    expect(shown).toContain('ERR_ENCODING_PEM')
    expect(shown).toContain('MRTD')
  })
})

it('inspect shows a CMW of a TD with everything that is in it', async () => {
  const shown = await inspect(encodeEvidence(intel.tdxEvidence(reportData)))
  for (const title of ['TDX quote, version 4', 'TCB info of TDX', 'identity of the enclave TD_QE', 'event log with']) {
    expect(shown).toContain(title)
  }
})

describe('inspect rejects', () => {
  const tcbInfo = (): string => text(intel.material.tcbInfo.tdx)
  const log = (): Uint8Array => encodeEventLog(intel.td.events)
  it.each<[string, () => Uint8Array, string]>([
    ['TCB info cut short', () => utf8(tcbInfo().slice(0, -1)), 'ERR_ENCODING_JSON'],
    [
      'TCB info of an unknown version',
      () => utf8(tcbInfo().replace('"version":3', '"version":4')),
      'ERR_COLLATERAL_FORMAT'
    ],
    ['TCB info without a signature', () => utf8(tcbInfo().replace('"signature"', '"sign"')), 'ERR_COLLATERAL_FORMAT'],
    [
      'TCB info with a member twice',
      () => utf8(tcbInfo().replace('"version":3', '"version":3,"version":3')),
      'ERR_ENCODING_JSON'
    ],
    ['TCB info nested without end', () => utf8('{"tcbInfo":'.repeat(5000)), 'ERR_ENCODING_JSON'],
    ['a QE identity that is a list', () => utf8('{"enclaveIdentity":[],"signature":""}'), 'ERR_COLLATERAL_FORMAT'],
    [
      'TCB info behind an issuer chain that is none',
      () => concatBytes(utf8('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), utf8(tcbInfo())),
      'ERR_'
    ],
    ['TCB info behind text', () => concatBytes(utf8('-'), utf8(tcbInfo())), 'ERR_'],
    ['a brace behind an issuer chain', () => concatBytes(chain, utf8('{')), 'ERR_ENCODING_PEM'],
    ['an event log cut short', () => log().slice(0, 150), 'ERR_EVIDENCE_FORMAT'],
    ['an event log of a register that is none', () => log().with(65, 9), 'ERR_EVIDENCE_FORMAT'],
    ['an event log with a size that lies', () => log().with(31, 0x7f), 'ERR_EVIDENCE_FORMAT'],
    ['an ACPI table cut short', () => ccelTable().slice(0, 55), 'ERR_EVIDENCE_FORMAT'],
    ['an ACPI table with a length that lies', () => ccelTable({ 4: 57 }), 'ERR_EVIDENCE_FORMAT'],
    ['an ACPI table with reserved bytes', () => ccelTable({ 38: 1 }), 'ERR_EVIDENCE_FORMAT'],
    ['an ACPI table whose checksum is wrong', () => ccelTable().with(40, 9), 'ERR_EVIDENCE_FORMAT'],
    [
      'an ACPI table with something else behind it',
      () => concatBytes(ccelTable(), utf8('no log')),
      'ERR_EVIDENCE_FORMAT'
    ]
  ])('%s', async (_, data, code) => {
    const { code: exit, stdout, stderr } = await run(['inspect', file(data())], { now })
    expect([exit, stdout]).toEqual([1, ''])
    expect(stderr).toContain(code)
  })
})

describeWithVectors('inspect on files of Intel and of real TDs', () => {
  it.each([
    ['collateral/tcbinfo-tdx-00806f050000-2024-12-05-e17-e9ea.json', 'TCB info of TDX, FMSPC 00806f050000'],
    ['collateral/qeidentity-td_qe-2024-12-05-e17-59fa.json', 'identity of the enclave TD_QE'],
    ['collateral/qeidentity-qve-2025-05-27-e17-2e75.json', 'identity of the enclave QVE'],
    ['collateral/crl-pck-platform-2026-07-23.der', 'revocation list of'],
    ['tdx/ccel-gcp-cos113.bin', 'RTMR0 replayed'],
    ['refvalues/tdx/ccel-qemu-direct-2g-a.bin', 'EV_EFI_VARIABLE_DRIVER_CONFIG']
  ])('%s', async (name, expected) => {
    const shown = await inspect(readVector(name))
    expect(shown).toContain(expected)
  })
})
