// Rules for TDs as somebody wrote them: strict, and every refusal names the place.
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../../packages/sdk/src/verify/index.js'
import { brokenPlatformRules, fieldRefusedIn, type Json, platformRule } from '../intel/platform-rules.js'

const digest = 'ab'.repeat(48)
const rtmr = { 0: [digest], 1: 'any', 2: [{ digest, name: 'shop 1.0', events: [digest] }], 3: 'any' }
const rule: Json = { kind: 'tdx', mrTd: [digest], rtmr }
const registers = ['mrSeam', 'mrConfigId', 'mrOwner', 'mrOwnerConfig', 'mrServiceTd'] as const

describe('a rule for TDs', () => {
  it('says by default: up to date, no advisories, no debug', () => {
    expect(parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr: 'any' }] }).anyOf[0]).toEqual({
      kind: 'tdx',
      mrTd: 'any',
      rtmr: { 0: 'any', 1: 'any', 2: 'any', 3: 'any' },
      tcbStatus: ['UpToDate'],
      advisories: []
    })
  })

  it('with everything that it can say is read, and read again as it was understood', () => {
    const full: Json = {
      ...rule,
      ...Object.fromEntries(registers.map((name) => [name, [digest]])),
      attributes: { septVeDisable: true, migratable: false },
      xfam: ['e702060000000000'],
      vmid: 1,
      unsafeAcceptDebug: true,
      ...platformRule
    }
    const policy = parsePolicy({ anyOf: [full] })
    expect(parsePolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
    expect(policy.anyOf[0]).toMatchObject({ mrOwner: [{ digest }], unsafeAcceptDebug: true, rtmr: { 1: 'any' } })
  })

  it('takes hex in either case', () => {
    expect(parsePolicy({ anyOf: [{ ...rule, mrTd: [digest.toUpperCase()] }] })).toMatchObject({
      anyOf: [{ mrTd: [{ digest }] }]
    })
  })

  it.each<[field: string, changes: Json]>([
    ['mrtd', { mrtd: [digest] }],
    ['mrTd', { mrTd: undefined }],
    ['mrTd', { mrTd: [] }],
    ['mrTd', { mrTd: digest }],
    ['mrTd', { mrTd: 'all' }],
    ['mrTd', { mrTd: null }],
    ['mrTd[0]', { mrTd: ['ab'.repeat(47)] }],
    ['mrTd[0]', { mrTd: ['ab'.repeat(49)] }],
    ['mrTd[0]', { mrTd: ['zz'.repeat(48)] }],
    ['mrTd[1]', { mrTd: [digest, 7] }],
    ['mrTd[0].digest', { mrTd: [{ name: 'x' }] }],
    ['mrTd[0].events', { mrTd: [{ digest, events: [digest] }] }],
    ['rtmr', { rtmr: undefined }],
    ['rtmr', { rtmr: [digest] }],
    ['rtmr', { rtmr: 'all' }],
    ['rtmr.3', { rtmr: { 0: 'any', 1: 'any', 2: 'any' } }],
    ['rtmr.4', { rtmr: { ...rtmr, 4: 'any' } }],
    ['rtmr.0', { rtmr: { ...rtmr, 0: [] } }],
    ['rtmr.1[0]', { rtmr: { ...rtmr, 1: ['ab'.repeat(32)] } }],
    ['rtmr.2[0].events', { rtmr: { ...rtmr, 2: [{ digest, events: [] }] } }],
    ['rtmr.2[0].events[0]', { rtmr: { ...rtmr, 2: [{ digest, events: ['ab'] }] } }],
    ['rtmr.2[0].event', { rtmr: { ...rtmr, 2: [{ digest, event: digest }] } }],
    ...registers.flatMap((name): [string, Json][] => [
      [name, { [name]: [] }],
      [`${name}[0]`, { [name]: ['ab'.repeat(32)] }]
    ]),
    ['xfam', { xfam: 'e702060000000000' }],
    ['xfam', { xfam: [] }],
    ['vmid', { vmid: 4 }],
    ['vmid', { vmid: 'any' }],
    ['xfam[0]', { xfam: ['e7'] }],
    ['attributes', { attributes: ['migratable'] }],
    ['attributes.debug', { attributes: { debug: false } }],
    ['attributes.migratable', { attributes: { migratable: 'any' } }],
    ['unsafeAcceptDebug', { unsafeAcceptDebug: 'yes' }],
    ['mrEnclave', { mrEnclave: 'any' }],
    ...brokenPlatformRules
  ])('is refused for %s in %o', (field, changes) => {
    expect(fieldRefusedIn({ ...rule, ...changes })).toBe(`anyOf[0].${field}`)
  })
})
