// What a file says, decoded and in words. Nothing in it is verified.

import { printable, shortHex } from '../printable.js'
import { labelled, markOf, paragraph, type Style } from '../style.js'

/** `good` and `bad` are about what it says, not whether it is true. */
export interface Remark {
  readonly tone: 'good' | 'warn' | 'bad'
  readonly text: string
}

export interface Description {
  /** For example `snp-report`, `certificate`. */
  readonly what: string
  readonly title: string
  readonly fields: Readonly<Record<string, string>>
  readonly remarks: readonly Remark[]
  readonly parts: readonly Description[]
}

/** A description, complete. */
export function describe(
  what: string,
  title: string,
  rest: Partial<Pick<Description, 'fields' | 'remarks' | 'parts'>> = {}
): Description {
  return { what, title, fields: {}, remarks: [], parts: [], ...rest }
}

export function renderDescription(description: Description, style: Style, indent = 0): readonly string[] {
  const { title, fields, remarks, parts } = description
  const before = ' '.repeat(indent)
  const width = Math.max(0, ...Object.keys(fields).map((name) => name.length))
  return [
    `${before}${style.paint('bold', title)}`,
    ...Object.entries(fields).flatMap(([name, value]) => labelled(style, name, shortHex(value), indent + 2, width)),
    ...remarks.flatMap((remark) => renderRemark(remark, style, before)),
    ...parts.flatMap((part) => renderDescription(part, style, indent + 2))
  ]
}

const marks = { good: 'passed', warn: 'warn', bad: 'failed' } as const

function renderRemark({ tone, text }: Remark, style: Style, before: string): readonly string[] {
  const [first = '', ...rest] = paragraph(style, `${before}    `, printable(text))
  return [`${before}  ${markOf(style, marks[tone])} ${first.slice(before.length + 4)}`, ...rest]
}
