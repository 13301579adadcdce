// Freshness in a TPM: a record of the newest version, and a counter that says which record counts. Both are written only under the PCRs that
// they were made with, and the counter never goes back, even when somebody with the owner's authorization makes it anew.
//
// A step is two writes, record then counter. Cut off before the first, nothing has happened; between them, the record stands for a value
// of the counter that is one ahead, and whoever comes next completes the step: its root lay on the disk before the TPM was asked.
import {
  equalBytes,
  expectBytes,
  expectInteger,
  SealError,
  TresorError,
  UnavailableError,
  UsageError
} from '../../core/index.js'
import {
  defineNv,
  incrementNv,
  type NvAccess,
  type NvDefinition,
  type NvState,
  readNv,
  readNvState,
  undefineNv,
  writeNv
} from '../tpm/nv.js'
import { expectPcrs, expectTpmOptions, type TpmOptions, type TpmPlace } from '../tpm/options.js'
import { policyDigestOf, readPcrs } from '../tpm/pcr.js'
import { openTpm, type Tpm } from '../tpm/tpm.js'
import { expectAnchor, planAdvance } from './anchors.js'
import type { Anchor, Freshness } from './freshness.js'
import { encodeRecord, parseRecords, recordBytes, slotOffset, type VersionRecord } from './tpm-records.js'

export type TpmFreshnessOptions = TpmOptions & {
  /** Handle of the counter, from 0x01000000 to 0x01fffffe; the record takes the next one. One pair for each store. */
  readonly index: number
  /** Numbers of the PCRs (SHA-256) that must be as they are now for whoever moves the anchor. */
  readonly pcrs: readonly number[]
}

/**
 * Remembers the newest version of one store in a TPM. Detects an older store after a restart, as long as the TPM's own memory is not put
 * back with it: a chip's is not, that of a virtual TPM may be, where the host keeps it. One step writes the TPM's memory twice; chips bear
 * some hundred thousand writes, so group commits. Not for two writers at once.
 *
 * @throws UsageError ERR_USAGE_OPTION; its methods UnavailableError ERR_STORE_ANCHOR
 */
export function tpmFreshness(options: TpmFreshnessOptions): Freshness {
  return createTpmFreshness(options, openTpm)
}

export function createTpmFreshness(
  options: TpmFreshnessOptions,
  open: (address: TpmPlace['address']) => Promise<Tpm>
): Freshness {
  const { index, pcrs, ...rest } = options
  const place = expectTpmOptions(rest, 'tpmFreshness')
  const first = expectInteger(index, [0x0100_0000, 0x01ff_fffe], 'index')
  const numbers = expectPcrs(pcrs)
  if (!Array.isArray(numbers)) throw new UsageError('ERR_USAGE_OPTION', 'pcrs: expected numbers')
  const work = <T>(storeId: Uint8Array, use: (memory: TpmMemory) => Promise<T>) => {
    const id = new Uint8Array(expectBytes(storeId, 16, 'storeId'))
    return withMemory({ place, index: first, pcrs: numbers, storeId: id }, open, use)
  }
  return {
    level: 'tpm',
    read: (storeId) => work(storeId, async (memory) => (await readNewest(memory))?.anchor),
    advance: async (storeId, expected, next) => {
      expectAnchor(next)
      await work(storeId, (memory) => advance(memory, expected, next))
    },
    reset: async (storeId, anchor) => {
      const wanted = expectAnchor(anchor)
      await work(storeId, (memory) => reset(memory, wanted))
    }
  }
}

interface Place {
  readonly place: TpmPlace
  readonly index: number
  readonly pcrs: readonly number[]
  readonly storeId: Uint8Array
}

/** The TPM, opened, with what the two indexes shall be. */
interface TpmMemory {
  readonly access: NvAccess
  readonly storeId: Uint8Array
  readonly counter: NvDefinition
  readonly record: NvDefinition
}

async function withMemory<T>(
  { place, index, pcrs, storeId }: Place,
  open: (address: TpmPlace['address']) => Promise<Tpm>,
  use: (memory: TpmMemory) => Promise<T>
): Promise<T> {
  try {
    const tpm = await open(place.address)
    try {
      const policyDigest = policyDigestOf(await readPcrs(tpm, pcrs))
      const counter = { index, kind: 'counter', bytes: 8, policyDigest } as const
      const record = { index: index + 1, kind: 'record', bytes: recordBytes, policyDigest } as const
      return await use({ access: { tpm, ownerAuth: place.ownerAuth, pcrs }, storeId, counter, record })
    } finally {
      await tpm.close()
    }
  } catch (error) {
    throw explain(error)
  }
}

/** The TPM cannot be asked, as far as a store is concerned. */
function explain(error: unknown): unknown {
  if (!(TresorError.is(error) && error.code === 'ERR_TPM_COMMAND')) return error
  return new UnavailableError('ERR_STORE_ANCHOR', `anchor in the TPM: ${error.message}`, { cause: error })
}

/** What counts now, after completing a step that was cut off; `undefined` where nothing has ever been remembered. */
async function readNewest(memory: TpmMemory): Promise<VersionRecord | undefined> {
  const indexes = await readIndexes(memory)
  if (indexes === undefined) return undefined
  const counter = await readCounter(memory.access, indexes.counter)
  const records = parseRecords(await readNv(memory.access, indexes.record, recordBytes))
  const pending = records.find((record) => record.counter === counter + 1n)
  if (pending !== undefined) await incrementNv(memory.access, indexes.counter)
  const newest = pending ?? records.find((record) => record.counter === counter)
  if (newest === undefined) throw tampered('no record belongs to the value of its counter')
  if (!equalBytes(newest.storeId, memory.storeId)) throw unusable('these indexes remember another store: choose others')
  return newest
}

interface Indexes {
  readonly counter: NvState
  readonly record: NvState
}

/** `undefined` where setting them up was never completed. */
async function readIndexes({ access, counter, record }: TpmMemory): Promise<Indexes | undefined> {
  const [counterState, recordState] = [await readNvState(access.tpm, counter), await readNvState(access.tpm, record)]
  if (counterState === 'foreign' || recordState === 'foreign') {
    throw unusable('the indexes were made by other software, or under other PCRs: reset the anchor knowingly')
  }
  if (counterState?.isWritten !== true || recordState?.isWritten !== true) return undefined
  return { counter: counterState, record: recordState }
}

async function advance(memory: TpmMemory, expected: Anchor | undefined, next: Anchor): Promise<void> {
  const newest = await readNewest(memory)
  const anchor = planAdvance(newest?.anchor, expected, next)
  if (anchor === undefined) return
  if (newest === undefined) await setUp(memory)
  await remember(memory, anchor)
}

/** Indexes of others at these places are removed: only an owner asks for that, with their authorization. */
async function reset(memory: TpmMemory, anchor: Anchor): Promise<void> {
  const { access, counter, record } = memory
  for (const definition of [record, counter]) {
    if ((await readNvState(access.tpm, definition)) === 'foreign') await undefineNv(access, definition.index)
  }
  await setUp(memory)
  await remember(memory, anchor)
}

/** May have been cut off before at any point. The counter begins above every value that any counter of this TPM ever had. */
async function setUp({ access, counter, record }: TpmMemory): Promise<void> {
  for (const definition of [counter, record]) {
    if ((await readNvState(access.tpm, definition)) === undefined) await defineNv(access, definition)
  }
  const state = await readNvState(access.tpm, counter)
  if (typeof state === 'object' && !state.isWritten) await incrementNv(access, state)
}

async function remember({ access, storeId, counter, record }: TpmMemory, anchor: Anchor): Promise<void> {
  const counterState = await expectState(access, counter)
  const next = (await readCounter(access, counterState)) + 1n
  const bytes = encodeRecord({ storeId, counter: next, anchor })
  await writeNv(access, await expectState(access, record), slotOffset(next), bytes)
  await incrementNv(access, counterState)
}

async function expectState(access: NvAccess, definition: NvDefinition): Promise<NvState> {
  const state = await readNvState(access.tpm, definition)
  if (typeof state === 'object') return state
  throw unusable('an index has gone while it was in use')
}

async function readCounter(access: NvAccess, state: NvState): Promise<bigint> {
  return new DataView((await readNv(access, state, 8)).buffer).getBigUint64(0)
}

function tampered(reason: string): SealError {
  return new SealError('ERR_SEALED_ROLLBACK', `anchor in the TPM: ${reason}`)
}

function unusable(reason: string): UnavailableError {
  return new UnavailableError('ERR_STORE_ANCHOR', `anchor in the TPM: ${reason}`)
}
