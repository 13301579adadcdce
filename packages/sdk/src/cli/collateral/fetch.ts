// tresor collateral fetch: fills a directory with what verifiers without a network will need.
import { EvidenceError, expectOneOf, TresorError, toHex } from '../../core/index.js'
import { type Evidence, snpProducts } from '../../evidence/index.js'
import { type Appraisal, authenticate, type Collateral, type CollateralItem } from '../../verify/index.js'
import { amdProductItems, intelPlatformItems } from '../../verify/node/index.js'
import { type Arguments, parseArguments, wrongCommand } from '../arguments.js'
import { collateralOptions, openCollateral } from '../collateral-options.js'
import type { Outcome } from '../command.js'
import { readEvidence } from '../evidence-file.js'
import { exitCode } from '../exit-code.js'
import type { Io } from '../io.js'
import { markOf, paragraph, type Style } from '../style.js'
import { expectHex, expectTime } from '../values.js'

const options = { ...collateralOptions, at: 'value', fmspc: 'values', tee: 'values', product: 'values' } as const

type Item = CollateralItem<unknown>

interface Fetched {
  readonly type: string
  readonly key: string
  readonly error?: TresorError
}

export async function fetchCollateral(args: readonly string[], io: Io): Promise<Outcome> {
  const parsed = parseArguments(args, 'collateral', options, { min: 0, max: 100, name: 'EVIDENCE' })
  const named = namedItems(parsed)
  if (parsed.flag('offline')) throw wrongCommand('collateral', 'fetch needs the network: --offline contradicts it')
  if (parsed.operands.length === 0 && named.length === 0) {
    throw wrongCommand('collateral', 'fetch expects EVIDENCE, --fmspc or --product')
  }
  const at = parsed.value('at')
  const now = at === undefined ? io.clock() : expectTime(at, '--at')
  const collateral = await openCollateral(parsed, 'collateral', io)
  const items = [...named]
  const fetched = new Map<string, Fetched>()
  for (const path of parsed.operands) {
    items.push(...(await itemsForFile(path, { collateral, now, fetched, io })))
  }
  for (const item of items) if (!fetched.has(item.key)) fetched.set(item.key, await fetchItem(item, collateral, now))
  return report([...fetched.values()])
}

function namedItems(args: Arguments): readonly Item[] {
  const named = args.values('tee').map((tee) => expectOneOf<IntelTee>(tee as IntelTee, ['tdx', 'sgx'], '--tee')) // checked by the call
  const tees: readonly IntelTee[] = named.length === 0 ? ['tdx'] : named
  const fmspcs = args.values('fmspc').map((text) => toHex(expectHex(text, [6, 6], '--fmspc')))
  const products = args.values('product').map((text) => expectOneOf(text as 'Milan', snpProducts, '--product')) // as above
  return [
    ...fmspcs.flatMap((fmspc) => tees.flatMap((tee) => intelPlatformItems(tee, fmspc))),
    ...products.flatMap(amdProductItems)
  ]
}

type IntelTee = 'tdx' | 'sgx'

interface Work {
  readonly collateral: Collateral
  readonly now: Date
  readonly fetched: Map<string, Fetched>
  readonly io: Io
}

/** Verifies the evidence, which fetches what it needs, and names what goes with that. */
async function itemsForFile(path: string, work: Work): Promise<readonly Item[]> {
  const evidence = await readEvidence(path, undefined, work.io)
  const collateral: Collateral = { ...work.collateral, get: (item, lookup) => recorded(item, work, lookup) }
  const appraisal = await authenticate(bareQuote(evidence), { collateral, now: work.now, requireCrl: true })
  return itemsBeside(appraisal)

  async function recorded<T>(item: CollateralItem<T>, { fetched }: Work, lookup: Parameters<Collateral['get']>[1]) {
    const found = await work.collateral.get(item, lookup)
    fetched.set(item.key, { type: item.type, key: item.key })
    return found
  }
}

/** A quote carries its certificates itself; what is shipped beside it would hide what is missing in the directory. */
function bareQuote(evidence: Evidence): Evidence {
  return evidence.kind === 'snp' ? evidence : { ...evidence, endorsements: [] }
}

/** The issuers above the PCK certificate stand in the quote, and must be in the directory to verify it by itself. */
function itemsBeside({ kind, claims }: Appraisal): readonly Item[] {
  const { platform } = claims
  if (kind === 'snp') return []
  if (typeof platform !== 'object' || platform === null || !('fmspc' in platform)) {
    throw new EvidenceError('ERR_EVIDENCE_FORMAT', 'quote: its platform is not known')
  }
  const other = 'platformInstanceId' in platform ? '-processor' : '-platform'
  return intelPlatformItems(kind, String(platform.fmspc)).filter(({ key }) => !key.endsWith(other))
}

async function fetchItem(item: Item, collateral: Collateral, now: Date): Promise<Fetched> {
  const { type, key } = item
  try {
    await collateral.get(item, { now })
    return { type, key }
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return { type, key, error }
  }
}

function report(fetched: readonly Fetched[]): Outcome {
  const failed = fetched.filter(({ error }) => error !== undefined)
  return {
    exitCode: failed.length === 0 ? exitCode.fine : exitCode.unavailable,
    json: {
      items: fetched.map(({ type, key, error }) => ({
        type,
        key,
        ...(error === undefined ? {} : { error: { code: error.code, message: error.message } })
      }))
    },
    render: (style) => fetched.flatMap((item) => renderItem(item, style))
  }
}

function renderItem({ key, error }: Fetched, style: Style): readonly string[] {
  if (error === undefined) return [`${markOf(style, 'passed')} ${key}`]
  return [`${markOf(style, 'failed')} ${key}`, ...paragraph(style, '    ', `${error.code}: ${error.message}`)]
}
