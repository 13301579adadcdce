// The list of checks, in two columns where the terminal is wide enough.
import type { Check } from '../../verify/index.js'
import { printable } from '../printable.js'
import { markOf, type Style } from '../style.js'
import { padEnd, widthOf } from '../width.js'

export function renderChecks(checks: readonly Check[], style: Style): readonly string[] {
  const half = Math.floor((style.columns - 2) / 2)
  const lines: string[] = []
  let left: Check | undefined
  for (const check of checks) {
    if (widthOf(titleOf(check)) > half - 4) {
      if (left !== undefined) lines.push(`  ${cell(left, style)}`)
      lines.push(`  ${cell(check, style)}`)
      left = undefined
    } else if (left === undefined) {
      left = check
    } else {
      lines.push(`  ${cell(left, style)}${padEnd('', half - 2 - widthOf(titleOf(left)))}${cell(check, style)}`)
      left = undefined
    }
  }
  return left === undefined ? lines : [...lines, `  ${cell(left, style)}`]
}

/** A title says what holds; of a check that failed it is the wrong way round. */
export function negate(title: string): string {
  if (/^(every|all) /.test(title)) return `not ${title}`
  if (/ (is|are) not /.test(title)) return title.replace(/ (is|are) not /, ' $1 ')
  const negated = title.replace(/ (is|are|belongs|names?) /, (_, verb: string) => ` ${negations[verb] ?? verb} `)
  return negated === title ? `failed: ${title}` : negated
}

const negations: Readonly<Record<string, string>> = {
  is: 'is not',
  are: 'are not',
  belongs: 'does not belong',
  name: 'do not name',
  names: 'does not name'
}

function cell(check: Check, style: Style): string {
  const title = titleOf(check)
  return `${markOf(style, check.outcome)} ${check.outcome === 'skipped' ? style.paint('dim', title) : title}`
}

function titleOf({ title }: Check): string {
  return printable(title)
}
