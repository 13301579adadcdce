// Indexes in a TPM's non-volatile memory (part 1, §37; part 3, §31): a small record, and a counter that never goes back. Only software that the
// PCRs know writes them; everybody may read.
import { concatBytes, equalBytes } from '../../core/index.js'
import { type NamedHandle, permanent } from './command.js'
import { algorithm, handle, nvAttribute, responseCode } from './constants.js'
import { TpmRefusal } from './failure.js'
import { sized, u16, u32 } from './marshal.js'
import { policyPcr } from './pcr.js'
import { parseResponse } from './response-reader.js'
import { nameOf } from './storage-primary.js'
import type { Tpm } from './tpm.js'

/** What an index shall be. */
export interface NvDefinition {
  readonly index: number
  readonly kind: 'record' | 'counter'
  /** 8 for a counter. */
  readonly bytes: number
  /** Over the PCRs that must be as they are for whoever writes. */
  readonly policyDigest: Uint8Array
}

/** Of an index that is there as it was defined. */
export interface NvState extends NamedHandle {
  readonly isWritten: boolean
}

const { counter, policyWrite, authRead, noDa, written } = nvAttribute

/** The TPM with what commands about indexes need: who may define them, and which PCRs speak for who writes them. */
export interface NvAccess {
  readonly tpm: Tpm
  readonly ownerAuth: Uint8Array
  readonly pcrs: readonly number[]
}

/** `undefined` where nothing is; `foreign` for an index with another policy, size or attributes. */
export async function readNvState(tpm: Tpm, definition: NvDefinition): Promise<NvState | 'foreign' | undefined> {
  const found = await readPublic(tpm, definition.index)
  if (found === undefined) return undefined
  const fresh = publicArea(definition, 0)
  if (equalBytes(found, fresh)) return { handle: definition.index, name: nameOf(fresh), isWritten: false }
  const used = publicArea(definition, written)
  return equalBytes(found, used) ? { handle: definition.index, name: nameOf(used), isWritten: true } : 'foreign'
}

async function readPublic(tpm: Tpm, index: number): Promise<Uint8Array | undefined> {
  try {
    const answer = await tpm.run({
      command: 'nvReadPublic',
      handles: [permanent(index)],
      parameters: new Uint8Array(0)
    })
    return parseResponse(answer.parameters, 'nvReadPublic', (reader) => {
      const area = reader.sized(128, 'public area')
      reader.sized(66, 'name')
      return area
    })
  } catch (error) {
    if (error instanceof TpmRefusal && error.rc === responseCode.handle) return undefined
    throw error
  }
}

export async function defineNv({ tpm, ownerAuth }: NvAccess, definition: NvDefinition): Promise<void> {
  const parameters = concatBytes(sized(new Uint8Array(0)), sized(publicArea(definition, 0)))
  await tpm.withSession({ type: 'hmac' }, (session) =>
    tpm.run(
      { command: 'nvDefineSpace', handles: [permanent(handle.owner)], parameters },
      { session, authValue: ownerAuth }
    )
  )
}

export async function undefineNv({ tpm, ownerAuth }: NvAccess, index: number): Promise<void> {
  const area = await readPublic(tpm, index)
  if (area === undefined) return
  const handles = [permanent(handle.owner), { handle: index, name: nameOf(area) }]
  await tpm.withSession({ type: 'hmac' }, (session) =>
    tpm.run({ command: 'nvUndefineSpace', handles, parameters: new Uint8Array(0) }, { session, authValue: ownerAuth })
  )
}

/** All of it. Nothing here is secret, so that these sessions hide nothing. */
export async function readNv({ tpm }: NvAccess, state: NvState, bytes: number): Promise<Uint8Array> {
  const parameters = concatBytes(u16(bytes), u16(0))
  const answer = await tpm.withSession({ type: 'hmac' }, (session) =>
    tpm.run({ command: 'nvRead', handles: [state, state], parameters }, { session })
  )
  return parseResponse(answer.parameters, 'nvRead', (reader) => {
    reader.expect(bytes, 2, 'size')
    return reader.bytes(bytes, 'data')
  })
}

/** @throws TpmRefusal: policyFail where the PCRs are others */
export async function writeNv(access: NvAccess, state: NvState, offset: number, data: Uint8Array): Promise<void> {
  const parameters = concatBytes(sized(data), u16(offset))
  await runUnderPolicy(access, { command: 'nvWrite', handles: [state, state], parameters })
}

/** @throws as `writeNv` */
export async function incrementNv(access: NvAccess, state: NvState): Promise<void> {
  await runUnderPolicy(access, { command: 'nvIncrement', handles: [state, state], parameters: new Uint8Array(0) })
}

async function runUnderPolicy({ tpm, pcrs }: NvAccess, command: Parameters<Tpm['run']>[0]): Promise<void> {
  await tpm.withSession({ type: 'policy' }, async (session) => {
    await policyPcr(tpm, session, pcrs)
    await tpm.run(command, { session })
  })
}

/** TPMS_NV_PUBLIC. */
function publicArea({ index, kind, bytes, policyDigest }: NvDefinition, state: number): Uint8Array {
  const attributes = policyWrite | authRead | noDa | (kind === 'counter' ? counter : 0) | state
  return concatBytes(u32(index), u16(algorithm.sha256), u32(attributes), sized(policyDigest), u16(bytes))
}
