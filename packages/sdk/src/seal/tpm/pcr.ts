// Platform configuration registers and policies over them (part 1, §17, §19.7; part 3, §22.4 PCR_Read, §23.7 PolicyPCR), bank SHA-256.
import { createHash } from 'node:crypto'
import { concatBytes, UnavailableError } from '../../core/index.js'
import { algorithm, commandCode } from './constants.js'
import { u8, u16, u32 } from './marshal.js'
import { parseResponse, type ResponseReader } from './response-reader.js'
import type { Session } from './session.js'
import type { Tpm } from './tpm.js'

export const maxPcr = 23
const selectBytes = 3
const digestBytes = 32

/** Values by number. */
export type PcrValues = ReadonlyMap<number, Uint8Array>

/** TPML_PCR_SELECTION of one bank. */
export function encodeSelection(pcrs: readonly number[]): Uint8Array {
  const bits = pcrs.reduce((all, pcr) => all | (1 << pcr), 0)
  return concatBytes(u32(1), u16(algorithm.sha256), u8(selectBytes), Uint8Array.of(bits, bits >>> 8, bits >>> 16))
}

/** A TPM answers with at most eight values at a time. @throws UnavailableError ERR_TPM_COMMAND */
export async function readPcrs(tpm: Tpm, pcrs: readonly number[]): Promise<PcrValues> {
  const values = new Map<number, Uint8Array>()
  while (values.size < pcrs.length) {
    const missing = pcrs.filter((pcr) => !values.has(pcr))
    const answer = await tpm.run({ command: 'pcrRead', handles: [], parameters: encodeSelection(missing) })
    const found = parseResponse(answer.parameters, 'pcrRead', readValues)
    if (found.length === 0) throw new UnavailableError('ERR_TPM_COMMAND', 'TPM: it has no PCRs with SHA-256')
    for (const [pcr, value] of found) {
      if (!missing.includes(pcr)) throw new UnavailableError('ERR_TPM_COMMAND', 'TPM: answered with another PCR')
      values.set(pcr, value)
    }
  }
  return values
}

function readValues(reader: ResponseReader): readonly (readonly [pcr: number, value: Uint8Array])[] {
  reader.u32be('update counter')
  const selected = readSelection(reader)
  const count = reader.u32be('number of values')
  if (count !== selected.length) throw reader.fail(`expected ${selected.length} values, found ${count}`)
  return selected.map((pcr) => {
    reader.expect(digestBytes, 2, 'size of a value')
    return [pcr, reader.bytes(digestBytes, 'value')] as const
  })
}

function readSelection(reader: ResponseReader): readonly number[] {
  const banks = reader.u32be('number of banks')
  if (banks === 0) return []
  if (banks !== 1) throw reader.fail(`expected one bank, found ${banks}`)
  reader.expect(algorithm.sha256, 2, 'bank')
  const bytes = reader.bytes(reader.u8('size of the selection'), 'selection')
  const selected = [...bytes].flatMap((bits, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((b) => (bits >> b) & 1).map((b) => 8 * i + b)
  )
  if (selected.length > 8) throw reader.fail('expected at most eight values')
  return selected
}

/** What a policy session holds after `policyPcr`, if the PCRs have those values: the digest that objects are bound to. */
export function policyDigestOf(values: PcrValues): Uint8Array {
  const pcrs = [...values.keys()].toSorted((a, b) => a - b)
  const digest = sha256(...pcrs.map((pcr) => values.get(pcr) ?? new Uint8Array(0)))
  return sha256(new Uint8Array(digestBytes), u32(commandCode.policyPcr), encodeSelection(pcrs), digest)
}

/** Puts the PCRs as they are into the policy session; whether they are the right ones shows when it is used. */
export async function policyPcr(tpm: Tpm, session: Session, pcrs: readonly number[]): Promise<void> {
  await tpm.run({
    command: 'policyPcr',
    handles: [{ handle: session.handle, name: u32(session.handle) }],
    parameters: concatBytes(u16(0), encodeSelection(pcrs))
  })
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(concatBytes(...parts))
      .digest()
  )
}
