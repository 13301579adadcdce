import { describe, expect, it } from 'vitest'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { parsePolicy } from '../../../packages/sdk/src/verify/index.js'
import { codeOf } from '../../support/coded.js'
import { measurement, policyJson, type RuleJson } from '../../support/snp-policy.js'

const milanTcb = { bootLoader: 4, tee: 0, snp: 24, microcode: 219 }
const turinTcb = { fmc: 1, bootLoader: 1, tee: 1, snp: 4, microcode: 81 }

describe('parsePolicy', () => {
  it('reads a value and text alike', () => {
    expect(parsePolicy(JSON.stringify(policyJson()))).toEqual(parsePolicy(policyJson()))
  })

  it('writes down what it understood, so that it can be read again', () => {
    const policy = parsePolicy(
      policyJson(
        {
          measurement: [measurement.toUpperCase(), { digest: measurement, name: 'shop 1.8' }],
          product: ['Turin'],
          minTcb: turinTcb,
          chipId: ['0011223344556677'],
          guestPolicy: { debug: false, smt: 'any', singleSocket: true, minAbi: '1.51' },
          hostData: ['00'.repeat(32)],
          platformInfo: { aliasCheckComplete: true },
          currentMitVector: '0x0B',
          minLaunchTcb: { Turin: turinTcb },
          minGuestSvn: 2,
          signingKey: ['VCEK'],
          cspId: ['CN=x']
        },
        { maxCollateralAge: 'P7D', graceDays: 30, allowSimulator: false, requireCrl: true }
      )
    )
    expect(parsePolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
    expect(policy.anyOf[0]).toMatchObject({
      measurement: [{ digest: measurement }, { digest: measurement, name: 'shop 1.8' }],
      minTcb: { Turin: turinTcb },
      chipId: [`0011223344556677${'0'.repeat(112)}`],
      guestPolicy: { migrationAgent: false, smt: 'any' }
    })
  })

  it('takes back what it made, and freezes it', () => {
    const policy = parsePolicy(policyJson())
    expect(parsePolicy(policy)).toBe(policy)
    expect(Object.isFrozen(policy.anyOf[0])).toBe(true)
    expect(codeOf(() => parsePolicy({ ...policy, anyOf: [] }))).toBe('ERR_USAGE_POLICY_EMPTY')
    expect(codeOf(() => parsePolicy(Object.create(policy)))).not.toBe('none')
  })

  it.each([
    ['nothing', undefined, 'ERR_USAGE_POLICY'],
    ['null', null, 'ERR_USAGE_POLICY'],
    ['an array', [], 'ERR_USAGE_POLICY'],
    ['text that is no JSON', '{', 'ERR_USAGE_POLICY'],
    ['text with keys that repeat', '{"anyOf":[],"anyOf":[]}', 'ERR_USAGE_POLICY'],
    ['an empty object', {}, 'ERR_USAGE_POLICY_EMPTY'],
    ['no rules', { anyOf: [] }, 'ERR_USAGE_POLICY_EMPTY'],
    ['rules that are no list', { anyOf: 'snp' }, 'ERR_USAGE_POLICY']
  ])('rejects %s', (_, json, code) => {
    expect(codeOf(() => parsePolicy(json))).toBe(code)
  })

  it.each<[path: string, rule: RuleJson, changes?: RuleJson]>([
    ['anyOf[0].measurement', without('measurement')],
    ['anyOf[0].minTcb', without('minTcb')],
    ['anyOf[0].product', without('product')],
    ['anyOf[0].vmpl', without('vmpl')],
    ['anyOf[0].guestPolicy', without('guestPolicy')],
    ['anyOf[0].guestPolicy.debug', { guestPolicy: {} }],
    ['anyOf[0].chipId', without('chipId')],
    ['anyOf[0].kind', { kind: 'sev' }],
    ['anyOf[0].measurements', { measurements: [] }],
    ['anyOf[0].measurement', { measurement: [] }],
    ['anyOf[0].measurement', { measurement }],
    ['anyOf[0].measurement[0]', { measurement: ['ab'] }],
    ['anyOf[0].measurement[0]', { measurement: ['zz'.repeat(48)] }],
    ['anyOf[0].measurement[0].digest', { measurement: [{ name: 'x' }] }],
    ['anyOf[0].measurement[0].regex', { measurement: [{ digest: measurement, regex: '.*' }] }],
    ['anyOf[0].vmpl', { vmpl: 4 }],
    ['anyOf[0].vmpl', { vmpl: 'any' }],
    ['anyOf[0].product', { product: 'Milan' }],
    ['anyOf[0].product[0]', { product: ['Naples'] }],
    ['anyOf[0].minTcb', { minTcb: milanTcb }],
    ['anyOf[0].minTcb', { minTcb: milanTcb, product: ['Milan', 'Genoa'] }],
    ['anyOf[0].minTcb.microcode', { minTcb: { ...milanTcb, microcode: 256 }, product: ['Milan'] }],
    ['anyOf[0].minTcb.tee', { minTcb: { bootLoader: 1, snp: 1, microcode: 1 }, product: ['Milan'] }],
    ['anyOf[0].minTcb.fmc', { minTcb: turinTcb, product: ['Milan'] }],
    ['anyOf[0].minTcb.Turin.fmc', { minTcb: { Turin: milanTcb } }],
    ['anyOf[0].minTcb.Rome', { minTcb: { Milan: milanTcb, Rome: milanTcb } }],
    ['anyOf[0].guestPolicy.debug', { guestPolicy: { debug: true } }],
    ['anyOf[0].guestPolicy.debug', { guestPolicy: { debug: 'any' } }],
    ['anyOf[0].guestPolicy.smt', { guestPolicy: { debug: false, smt: 'yes' } }],
    ['anyOf[0].guestPolicy.minAbi', { guestPolicy: { debug: false, minAbi: '1' } }],
    ['anyOf[0].guestPolicy.bit17', { guestPolicy: { debug: false, bit17: true } }],
    ['anyOf[0].chipId[0]', { chipId: ['00'] }],
    ['anyOf[0].hostData', { hostData: 'any' }],
    ['anyOf[0].minGuestSvn', { minGuestSvn: -1 }],
    ['anyOf[0].signingKey[0]', { signingKey: ['ARK'] }],
    ['anyOf[0].platformInfo.unknown', { platformInfo: { unknown: true } }],
    ['anyOf[0].currentMitVector', { currentMitVector: 11 }],
    ['maxCollateralAge', {}, { maxCollateralAge: '7 days' }],
    ['graceDays', {}, { graceDays: 1.5 }],
    ['allowSimulator', {}, { allowSimulator: 'yes' }],
    ['skipVerify', {}, { skipVerify: true }]
  ])('rejects a policy and names %s', (path, rule, changes) => {
    const error = errorOf(() => parsePolicy(JSON.stringify(policyJson(rule, changes))))
    expect(error).toMatchObject({ code: 'ERR_USAGE_POLICY', details: { field: path } })
  })

  it('accepts guests that can be debugged only by the loud name', () => {
    const rule = { guestPolicy: { debug: 'any' }, unsafeAcceptDebug: true }
    expect(parsePolicy(policyJson(rule)).anyOf[0]).toMatchObject({
      unsafeAcceptDebug: true,
      guestPolicy: { debug: 'any' }
    })
    expect(codeOf(() => parsePolicy(policyJson({ ...rule, unsafeAcceptDebug: false })))).toBe('ERR_USAGE_POLICY')
  })

  it.each(['P7D', 'P2W', 'PT12H', 'P1DT30M', 'PT90S'])('takes the duration %s', (maxCollateralAge) => {
    expect(parsePolicy(policyJson({}, { maxCollateralAge }))).toMatchObject({ maxCollateralAge })
  })

  it.each(['P', 'PT', 'P1Y', 'P1M', 'P1DT', '7D', 'P-1D', 'P1.5D', ''])(
    'rejects the duration %s',
    (maxCollateralAge) => {
      expect(codeOf(() => parsePolicy(policyJson({}, { maxCollateralAge })))).toBe('ERR_USAGE_POLICY')
    }
  )
})

/** A change that JSON text leaves out, and the key with it. */
function without(key: string): RuleJson {
  return { [key]: undefined }
}

function errorOf(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return TresorError.is(error) ? error : undefined
  }
}
