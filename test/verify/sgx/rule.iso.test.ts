// Rules for enclaves as somebody wrote them: strict, and every refusal names the place.
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../../packages/sdk/src/verify/index.js'
import { brokenPlatformRules, fieldRefusedIn, type Json, platformRule } from '../intel/platform-rules.js'

const digest = 'ab'.repeat(32)
const rule: Json = { kind: 'sgx', mrEnclave: [digest], mrSigner: 'any', isvProdId: 1, minIsvSvn: 0 }

describe('a rule for enclaves', () => {
  it('says by default: up to date, no advisories, no debug', () => {
    expect(parsePolicy({ anyOf: [{ ...rule, mrEnclave: 'any', isvProdId: 'any' }] }).anyOf[0]).toEqual({
      kind: 'sgx',
      mrEnclave: 'any',
      mrSigner: 'any',
      isvProdId: 'any',
      minIsvSvn: 0,
      tcbStatus: ['UpToDate'],
      advisories: []
    })
  })

  it('with everything that it can say is read, and read again as it was understood', () => {
    const mrSigner = [{ digest: digest.toUpperCase(), name: 'us' }]
    const policy = parsePolicy({ anyOf: [{ ...rule, mrSigner, unsafeAcceptDebug: true, ...platformRule }] })
    expect(parsePolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
    expect(policy.anyOf[0]).toMatchObject({ mrSigner: [{ digest, name: 'us' }], unsafeAcceptDebug: true })
  })

  it.each<[field: string, changes: Json]>([
    ['mrenclave', { mrenclave: 'any' }],
    ...['mrEnclave', 'mrSigner'].flatMap((name): [string, Json][] => [
      [name, { [name]: undefined }],
      [name, { [name]: [] }],
      [name, { [name]: digest }],
      [`${name}[0]`, { [name]: ['ab'.repeat(31)] }],
      [`${name}[0]`, { [name]: ['ab'.repeat(48)] }],
      [`${name}[0]`, { [name]: ['zz'.repeat(32)] }],
      [`${name}[0].digest`, { [name]: [{}] }],
      [`${name}[0].regex`, { [name]: [{ digest, regex: '.*' }] }]
    ]),
    ['isvProdId', { isvProdId: undefined }],
    ['isvProdId', { isvProdId: -1 }],
    ['isvProdId', { isvProdId: 65_536 }],
    ['isvProdId', { isvProdId: '1' }],
    ['isvProdId', { isvProdId: [1] }],
    ['minIsvSvn', { minIsvSvn: undefined }],
    ['minIsvSvn', { minIsvSvn: 'any' }],
    ['minIsvSvn', { minIsvSvn: 1.5 }],
    ['minIsvSvn', { minIsvSvn: 65_536 }],
    ['unsafeAcceptDebug', { unsafeAcceptDebug: 1 }],
    ['mrTd', { mrTd: 'any' }],
    ...brokenPlatformRules
  ])('is refused for %s in %o', (field, changes) => {
    expect(fieldRefusedIn({ ...rule, ...changes })).toBe(`anyOf[0].${field}`)
  })
})
