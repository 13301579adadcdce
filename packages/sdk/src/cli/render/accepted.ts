// Evidence that was accepted, for people: what it is, and every check that was made.
import type { Appraisal } from '../../verify/index.js'
import { printable } from '../printable.js'
import { markOf, type Style } from '../style.js'
import { renderChecks } from './checks.js'
import { renderClaims } from './claims.js'

export function renderAccepted(file: string, appraisal: Appraisal, style: Style): readonly string[] {
  const mark = markOf(style, appraisal.simulated ? 'warn' : 'passed')
  return [
    `${mark} ${printable(file)}  ${appraisal.kind}  accepted`,
    ...renderClaims(appraisal, style),
    ...renderChecks(appraisal.checks, style)
  ]
}
