// TCB info and QE identity as JSON that somebody else wrote: read whole, or refused with a code.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, utf8 } from '../../../packages/sdk/src/core/index.js'
import { parseSignedCollateral, splitSigned } from '../../../packages/sdk/src/verify/intel/signed-collateral.js'
import { codeOf } from '../../support/coded.js'
import { describeWithVectors, readVector } from '../../support/vectors.js'

type Json = Record<string, unknown>

const zeros = (bytes: number): string => '00'.repeat(bytes)
const dates = { issueDate: '2026-01-01T00:00:00Z', nextUpdate: '2026-01-31T00:00:00Z' }
const rating = { tcbDate: '2025-08-13T00:00:00Z', tcbStatus: 'UpToDate' }
const sixteen = Array.from({ length: 16 }, () => ({ svn: 1 }))

const tcbInfo: Json = {
  id: 'TDX',
  version: 3,
  ...dates,
  fmspc: '90C06F000000',
  pceId: '0000',
  tcbType: 0,
  tcbEvaluationDataNumber: 20,
  tdxModule: { mrsigner: zeros(48), attributes: zeros(8), attributesMask: zeros(8) },
  tcbLevels: [{ tcb: { sgxtcbcomponents: sixteen, pcesvn: 13, tdxtcbcomponents: sixteen }, ...rating }]
}
const identity: Json = {
  id: 'TD_QE',
  version: 2,
  ...dates,
  tcbEvaluationDataNumber: 20,
  miscselect: '01000000',
  miscselectMask: 'FFFFFFFF',
  attributes: zeros(16),
  attributesMask: zeros(16),
  mrsigner: zeros(32),
  isvprodid: 2,
  tcbLevels: [{ tcb: { isvsvn: 4 }, ...rating }]
}

const bodyOf = (member: string, value: unknown): Uint8Array =>
  utf8(`{"${member}":${JSON.stringify(value)},"signature":"${zeros(64)}"}`)
const infoWith = (changes: Json): Uint8Array => bodyOf('tcbInfo', { ...tcbInfo, ...changes })
const identityWith = (changes: Json): Uint8Array => bodyOf('enclaveIdentity', { ...identity, ...changes })
const levelWith = (tcb: Json, changes: Json = {}): Uint8Array =>
  infoWith({
    tcbLevels: [
      { tcb: { sgxtcbcomponents: sixteen, pcesvn: 13, tdxtcbcomponents: sixteen, ...tcb }, ...rating, ...changes }
    ]
  })

describe('signed collateral', () => {
  it('gives hex in either case as bytes, and keeps the signed bytes as they stand', () => {
    const found = parseSignedCollateral(infoWith({}))
    expect(found).toMatchObject({ kind: 'tcb-info', value: { tee: 'tdx', fmspc: '90c06f000000', version: 3 } })
    expect(new TextDecoder().decode(found.signedBytes)).toBe(JSON.stringify(tcbInfo))
  })

  it('writes MISCSELECT as a number, the report in little endian order', () => {
    expect(parseSignedCollateral(identityWith({})).value).toMatchObject({ miscSelect: Uint8Array.of(0, 0, 0, 1) })
  })

  it('of version 2 names each component, and is about SGX', () => {
    const flat = Object.fromEntries(sixteen.map((_, i) => [`sgxtcbcomp${String(i + 1).padStart(2, '0')}svn`, i]))
    const { id: _, tdxModule: __, ...old } = tcbInfo
    const bytes = bodyOf('tcbInfo', { ...old, version: 2, tcbLevels: [{ tcb: { ...flat, pcesvn: 1 }, ...rating }] })
    expect(parseSignedCollateral(bytes).value).toMatchObject({ tee: 'sgx', version: 2 })
  })

  it('ignores members that it does not know: the signature covers them', () => {
    expect(codeOf(() => parseSignedCollateral(infoWith({ note: {} })))).toBe('none')
  })

  type Case = [what: string, bytes: () => Uint8Array, code: string | undefined]
  const refused: readonly (readonly [what: string, bytes: () => Uint8Array, code?: string])[] = [
    ['another version', () => infoWith({ version: 4 })],
    ['a version beyond all integers', () => infoWith({ version: 1e34 })],
    ['another TEE', () => infoWith({ id: 'SEV' })],
    ['another type of TCB', () => infoWith({ tcbType: 1 })],
    ['no FMSPC', () => infoWith({ fmspc: undefined })],
    ['a short FMSPC', () => infoWith({ fmspc: '90C06F' })],
    ['an FMSPC that is no hex', () => infoWith({ fmspc: '90C06F00000G' })],
    ['a date that no calendar has', () => infoWith({ issueDate: '2026-02-30T00:00:00Z' })],
    ['a date without a zone', () => infoWith({ issueDate: '2026-01-01T00:00:00' })],
    ['a date with a fraction', () => infoWith({ nextUpdate: '2026-01-01T00:00:00.5Z' })],
    ['a date that is a number', () => infoWith({ nextUpdate: 1767225600 })],
    ['a negative evaluation', () => infoWith({ tcbEvaluationDataNumber: -1 })],
    ['levels that are no list', () => infoWith({ tcbLevels: {} })],
    ['a level that is no object', () => infoWith({ tcbLevels: [null] })],
    ['too many levels', () => infoWith({ tcbLevels: Array.from({ length: 513 }, () => 0) })],
    ['a status that nobody knows', () => levelWith({}, { tcbStatus: 'Fine' })],
    ['a status of a relaunch, which no level has', () => levelWith({}, { tcbStatus: 'TdRelaunchAdvised' })],
    ['fifteen components', () => levelWith({ sgxtcbcomponents: sixteen.slice(1) })],
    ['a component of 256', () => levelWith({ sgxtcbcomponents: [{ svn: 256 }, ...sixteen.slice(1)] })],
    ['a component with a fraction', () => levelWith({ tdxtcbcomponents: [{ svn: 0.5 }, ...sixteen.slice(1)] })],
    ['no components of TDX', () => levelWith({ tdxtcbcomponents: undefined })],
    ['a PCE SVN as text', () => levelWith({ pcesvn: '13' })],
    ['advisories that are no texts', () => levelWith({}, { advisoryIDs: [1] })],
    ['an advisory without end', () => levelWith({}, { advisoryIDs: ['X'.repeat(65)] })],
    ['no TDX module', () => infoWith({ tdxModule: undefined })],
    ['a module identity without levels', () => infoWith({ tdxModuleIdentities: [{ id: 'TDX_01' }] })],
    ['a QE identity of another version', () => identityWith({ version: 1 })],
    ['a QE identity of another enclave', () => identityWith({ id: 'QEX' })],
    ['a QE identity without its signer', () => identityWith({ mrsigner: undefined })],
    ['a mask of another length', () => identityWith({ attributesMask: zeros(8) })],
    ['neither of the two', () => bodyOf('crl', {})],
    ['no signature', () => utf8(`{"tcbInfo":${JSON.stringify(tcbInfo)}}`)],
    ['a short signature', () => utf8(`{"tcbInfo":${JSON.stringify(tcbInfo)},"signature":"${zeros(63)}"}`)],
    ['a member that occurs twice', () => utf8(`{"tcbInfo":{},"tcbInfo":{},"signature":""}`), 'ERR_ENCODING_JSON'],
    ['depth without end', () => utf8('{"tcbInfo":'.repeat(10_000)), 'ERR_ENCODING_JSON'],
    ['nothing', () => new Uint8Array(0), 'ERR_ENCODING_JSON'],
    ['more bytes than any TCB info has', () => infoWith({ note: 'x'.repeat(300_000) }), 'ERR_ENCODING_JSON']
  ]
  const cases = refused.map(([what, bytes, code]): Case => [what, bytes, code])
  it.each<Case>(cases)('with %s is refused', (_, bytes, code = 'ERR_COLLATERAL_FORMAT') => {
    expect(codeOf(() => parseSignedCollateral(bytes()))).toBe(code)
  })

  it('takes a message that says where', () => {
    const bytes = levelWith({ sgxtcbcomponents: [{ svn: 256 }, ...sixteen.slice(1)] })
    expect(() => parseSignedCollateral(bytes)).toThrow(
      'collateral.tcbInfo.tcbLevels[0].tcb.sgxtcbcomponents[0].svn: expected an integer from 0 to 255'
    )
  })

  it('behind something that is no PEM is refused', () => {
    expect(codeOf(() => parseSignedCollateral(concatBytes(utf8('-----'), infoWith({}))))).toMatch(/^ERR_ENCODING_/)
  })

  it('is read or refused with a code, whatever its bytes', () => {
    const good = [infoWith({}), identityWith({})]
    const damage = fc.record({
      body: fc.constantFrom(...good),
      at: fc.nat(2000),
      byte: fc.integer({ min: 0, max: 255 }),
      cut: fc.nat(50)
    })
    fc.assert(
      fc.property(damage, ({ body, at, byte, cut }) => {
        const bytes = body.slice(0, body.length - cut)
        bytes[at % bytes.length] = byte
        expect(codeOf(() => parseSignedCollateral(bytes))).toMatch(/^(none|ERR_(ENCODING|COLLATERAL)_[A-Z]+)$/)
      }),
      { numRuns: 500 }
    )
  })

  it('is read or refused with a code, whatever values its members have', () => {
    const name = fc.constantFrom(...Object.keys(tcbInfo))
    fc.assert(
      fc.property(name, fc.jsonValue({ maxDepth: 3 }), (member, value) => {
        expect(codeOf(() => parseSignedCollateral(infoWith({ [member]: value })))).toMatch(
          /^(none|ERR_(ENCODING|COLLATERAL)_[A-Z]+)$/
        )
      }),
      { numRuns: 300 }
    )
  })

  it('without PEM is JSON from its first byte', () => {
    expect(splitSigned(infoWith({})).pem).toHaveLength(0)
  })
})

describeWithVectors('collateral that Open Enclave refuses', () => {
  it.each([
    'qe_identity_missing_mrsigner',
    'qe_identity_missing_nextupdate',
    'tcbInfoNegativeIntegerOverflow',
    'tcbInfoNegativeInvalidIssueDate',
    'tcbInfoNegativeMissingNextUpdate',
    'tcbInfoNegativePropertyMissingLevel2'
  ])('is refused here: %s', (name) => {
    const bytes = readVector(`collateral/bad/oe-${name}.json`)
    expect(codeOf(() => parseSignedCollateral(bytes))).toMatch(/^ERR_(COLLATERAL_FORMAT|ENCODING_JSON)$/)
  })
})
