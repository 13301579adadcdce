import { describe, expect, it } from 'vitest'
import {
  EvidenceError,
  errorCatalog,
  PolicyError,
  remedyFor,
  TresorError,
  UnavailableError,
  UsageError
} from '../../packages/sdk/src/core/index.js'

describe('TresorError', () => {
  it('carries code, cause and details', () => {
    const cause = new Error('why')
    const error = new EvidenceError('ERR_EVIDENCE_FORMAT', 'wrong', { cause, details: { field: 'version' } })
    expect(error).toMatchObject({
      code: 'ERR_EVIDENCE_FORMAT',
      message: 'wrong',
      cause,
      details: { field: 'version' },
      name: 'EvidenceError'
    })
    expect(error).toBeInstanceOf(TresorError)
    expect(error).toBeInstanceOf(Error)
  })

  it('has no cause unless it is given one', () => {
    expect('cause' in new UsageError('ERR_USAGE_OPTION', 'wrong')).toBe(false)
  })

  it('is recognised across two copies of the package', () => {
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('@tresor/sdk.error'), { value: true })
    expect(TresorError.is(foreign)).toBe(true)
    expect(TresorError.is(new PolicyError('ERR_POLICY_DEBUG', 'x'))).toBe(true)
    for (const other of [new Error('x'), null, undefined, 'text', {}]) expect(TresorError.is(other)).toBe(false)
  })

  it('tells the classes apart', () => {
    const error = new UnavailableError('ERR_TEE_NOT_FOUND', 'x')
    expect(error).not.toBeInstanceOf(EvidenceError)
    expect(error.name).toBe('UnavailableError')
  })
})

describe('the catalogue of codes', () => {
  const all = Object.entries(errorCatalog).flatMap(([name, codes]) =>
    Object.entries(codes).map(([code, entry]) => ({ name, code, entry }))
  )

  it('names each code once', () => {
    const codes = all.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('tells the class by the prefix where the class has one', () => {
    for (const { name, code } of all) {
      expect(code.startsWith('ERR_POLICY_'), code).toBe(name === 'PolicyError')
      expect(code.startsWith('ERR_USAGE_'), code).toBe(name === 'UsageError')
    }
  })

  it('gives every code a meaning and a remedy without a full stop', () => {
    for (const { code, entry } of all) {
      expect(entry.meaning, code).toMatch(/^[A-Z].*[^.]$/)
      expect(entry.remedy, code).toMatch(/^.+[^.]$/)
    }
  })

  it('finds the remedy of a code', () => {
    expect(remedyFor('ERR_ADDON_MISSING')).toContain('npm install')
  })
})
