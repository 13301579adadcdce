import { describe, expect, it } from 'vitest'
import { formatEnd, formatOutcome, parseOutcomes } from './outcomes.js'

const held = { world: 'snp', assertion: 'a' }
const failed = { world: 'snp', assertion: 'b', failure: 'not so' }
const output = [formatOutcome(held), '[ 1.0] kernel: noise', formatOutcome(failed), formatEnd('snp', 2)]

describe('the output of a program of assertions', () => {
  it('is read between other lines, and with the line ends of a console', () => {
    expect(parseOutcomes(output.join('\r\n'), 'snp')).toEqual([held, failed])
  })

  it('counts for nothing without its last line', () => {
    expect(parseOutcomes(output.slice(0, -1).join('\n'), 'snp')).toBeUndefined()
  })

  it('counts for nothing where a line was lost', () => {
    expect(parseOutcomes(output.slice(1).join('\n'), 'snp')).toBeUndefined()
  })

  it('is told apart from that of another world', () => {
    expect(parseOutcomes(output.join('\n'), 'tdx')).toBeUndefined()
  })
})
