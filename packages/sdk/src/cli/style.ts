// The look of text for people. Colour only on a terminal, and never with NO_COLOR (no-color.org).
import type { Io, Output } from './io.js'
import { printable } from './printable.js'
import { padEnd, widthOf, wrapText } from './width.js'

type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'bold'

export interface Style {
  /** Width to lay out for. */
  readonly columns: number
  /** Safe text, coloured where colour is wanted. */
  paint(tone: Tone, text: string): string
}

const codes: Readonly<Record<Tone, number>> = { good: 32, bad: 31, warn: 33, dim: 2, bold: 1 }

export function styleFor(output: Output, env: Io['env']): Style {
  const isPlain = !output.isTerminal || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return {
    columns: Math.min(Math.max(output.columns, 40), 120),
    paint: (tone, text) => (isPlain ? printable(text) : `\x1b[${codes[tone]}m${printable(text)}\x1b[0m`)
  }
}

export type Mark = 'passed' | 'failed' | 'warn' | 'skipped'

const marks = {
  passed: ['good', '✓'],
  failed: ['bad', '✗'],
  warn: ['warn', '!'],
  skipped: ['dim', '-']
} as const

export function markOf(style: Style, mark: Mark): string {
  const [tone, sign] = marks[mark]
  return style.paint(tone, sign)
}

/** `label   value`, the value wrapped under itself. */
export function labelled(style: Style, label: string, value: string, indent = 4, labelWidth = 16): readonly string[] {
  const before = ' '.repeat(indent)
  const [first = '', ...rest] = wrapText(printable(value), style.columns - indent - labelWidth - 1)
  const head = `${before}${style.paint('dim', padEnd(printable(label), labelWidth))} ${first}`
  return [head, ...rest.map((line) => `${before}${' '.repeat(labelWidth)} ${line}`)]
}

/** Text under `prefix`, wrapped. */
export function paragraph(style: Style, prefix: string, text: string): readonly string[] {
  const width = widthOf(prefix)
  const [first = '', ...rest] = wrapText(printable(text), style.columns - width)
  return [`${prefix}${first}`, ...rest.map((line) => `${' '.repeat(width)}${line}`)]
}
