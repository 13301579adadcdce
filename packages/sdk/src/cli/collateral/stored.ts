// tresor collateral show and verify: what a directory holds, and whether a verifier would use it.
import { type AuditedItem, auditStore, directoryStore } from '../../verify/node/index.js'
import { parseArguments } from '../arguments.js'
import { defaultCacheDirectory } from '../collateral-options.js'
import type { Outcome } from '../command.js'
import { exitCode, exitCodeOf, worstOf } from '../exit-code.js'
import type { Io } from '../io.js'
import { labelled, markOf, paragraph, type Style } from '../style.js'
import { expectTime } from '../values.js'

const options = { cache: 'value', at: 'value' } as const

/** Lists; what is wrong is a remark. */
export async function showCollateral(args: readonly string[], io: Io): Promise<Outcome> {
  const items = await auditDirectory(args, io)
  return { exitCode: exitCode.fine, json: describe(items), render: (style) => renderAll(items, style) }
}

/** Lists; what is wrong decides. A directory that holds nothing verifies nothing. */
export async function verifyCollateral(args: readonly string[], io: Io): Promise<Outcome> {
  const items = await auditDirectory(args, io)
  const codes = items.flatMap(({ error }) => (error === undefined ? [] : [exitCodeOf(error)]))
  return {
    exitCode: items.length === 0 ? exitCode.unavailable : worstOf([exitCode.fine, ...codes]),
    json: describe(items),
    render: (style) => renderAll(items, style)
  }
}

async function auditDirectory(args: readonly string[], io: Io): Promise<readonly AuditedItem[]> {
  const parsed = parseArguments(args, 'collateral', options, { min: 0, max: 0, name: 'no argument' })
  const at = parsed.value('at')
  const now = at === undefined ? io.clock() : expectTime(at, '--at')
  return auditStore(directoryStore(parsed.value('cache') ?? defaultCacheDirectory(io.env)), { now })
}

function describe(items: readonly AuditedItem[]): unknown {
  return {
    items: items.map(({ error, ...item }) => ({
      ...item,
      ...(error === undefined ? {} : { error: { code: error.code, message: error.message } })
    }))
  }
}

function renderAll(items: readonly AuditedItem[], style: Style): readonly string[] {
  if (items.length === 0) return [`${markOf(style, 'skipped')} the directory holds no collateral`]
  return items.flatMap((item) => renderItem(item, style))
}

function renderItem({ what, key, notBefore, notAfter, error }: AuditedItem, style: Style): readonly string[] {
  const span = notBefore && notAfter ? `${day(notBefore)} to ${day(notAfter)}` : 'unknown'
  return [
    `${markOf(style, error === undefined ? 'passed' : 'failed')} ${style.paint('bold', what)}`,
    ...labelled(style, 'valid', span, 4, 6),
    ...labelled(style, 'key', key, 4, 6),
    ...(error === undefined ? [] : paragraph(style, '    ', `${error.code}: ${error.message}`))
  ]
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
