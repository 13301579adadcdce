// A failure for people: what failed, what was expected and found, every check that was made, and the next step.
import { remedyFor, TresorError } from '../../core/index.js'
import { type Appraisal, appraisalOf, type Check } from '../../verify/index.js'
import { printable, shortHex, shortHexPair } from '../printable.js'
import { labelled, markOf, paragraph, type Style } from '../style.js'
import { widthOf } from '../width.js'
import { negate, renderChecks } from './checks.js'

export interface FailureContext {
  /** What it is about, for example the name of a file. */
  readonly subject?: string
  /** Takes the place of the remedy. */
  readonly next?: string
}

export function renderFailure(error: unknown, style: Style, context: FailureContext = {}): readonly string[] {
  if (!TresorError.is(error)) return renderUnexpected(error, style)
  const appraisal = appraisalOf(error)
  const failed = appraisal?.checks.find(({ outcome }) => outcome === 'failed')
  return [
    ...renderHead(error, headline(error, appraisal, failed, context), style),
    ...renderValues(error, failed, style),
    ...(appraisal === undefined ? [] : renderChecks(appraisal.checks, style)),
    ...paragraph(style, '  next: ', context.next ?? nextStep(error))
  ]
}

/** The failure for programs. */
export function describeFailure(error: unknown): Readonly<Record<string, unknown>> {
  if (!TresorError.is(error)) return { code: null, class: 'Error', message: messageOf(error) }
  const { code, name, message, details } = error
  const { remedy, ...rest } = details
  return { code, class: name, message, details: rest, next: remedy ?? remedyFor(code) }
}

/** Stack and causes, for --debug. */
export function renderStack(error: unknown): readonly string[] {
  const lines: string[] = []
  let current = error
  for (let depth = 0; current !== undefined && depth < 8; depth++) {
    const text = current instanceof Error ? (current.stack ?? String(current)) : String(current)
    lines.push(...`${depth === 0 ? '' : 'caused by: '}${text}`.split('\n').map(printable))
    current = current instanceof Error ? current.cause : undefined
  }
  return lines
}

function headline(
  error: TresorError,
  appraisal: Appraisal | undefined,
  failed: Check | undefined,
  { subject }: FailureContext
): string {
  const what = failed === undefined ? error.message : negate(failed.title)
  if (subject === undefined || what.startsWith(subject)) return what
  return [subject, ...(appraisal === undefined ? [] : [appraisal.kind]), what].join('  ')
}

/** The code stands at the right edge where it fits. */
function renderHead(error: TresorError, text: string, style: Style): readonly string[] {
  const lines = paragraph(style, '  ', text).map((line) => line.slice(2))
  const [last = ''] = lines.slice(-1)
  const space = style.columns - widthOf(last) - error.code.length - 2
  const head = lines.map((line, i) => `${i === 0 ? markOf(style, 'failed') : ' '} ${line}`)
  const code = style.paint('dim', error.code)
  if (space < 2) return [...head, `    ${code}`]
  return [...head.slice(0, -1), `${head.at(-1)}${' '.repeat(space)}${code}`]
}

function renderValues(error: TresorError, failed: Check | undefined, style: Style): readonly string[] {
  const expected = failed?.expected ?? error.details.expected
  const actual = failed?.actual ?? error.details.actual
  if (expected === undefined || actual === undefined) {
    return failed === undefined ? [] : paragraph(style, '    ', shortHex(error.message))
  }
  const [shortExpected, shortActual] = shortHexPair(expected, actual)
  return [...labelled(style, 'expected', shortExpected, 4, 8), ...labelled(style, 'actual', shortActual, 4, 8)]
}

function nextStep(error: TresorError): string {
  const text = error.details.remedy ?? remedyFor(error.code)
  return /^[A-Z][a-z]/.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text
}

function renderUnexpected(error: unknown, style: Style): readonly string[] {
  return [
    ...paragraph(style, `${markOf(style, 'failed')} `, `unexpected failure: ${messageOf(error)}`),
    ...paragraph(style, '  next: ', 'this is a fault of tresor; run again with --debug and report it')
  ]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
