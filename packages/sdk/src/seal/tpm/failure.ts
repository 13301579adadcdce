// What a TPM's response code means (part 2, §6.6).
import { UnavailableError } from '../../core/index.js'
import { responseCode } from './constants.js'

/** A command that the TPM refused. `rc` is its code without the number of the handle, parameter or session that it is about. */
export class TpmRefusal extends UnavailableError {
  readonly rc: number

  constructor(command: string, code: number) {
    const rc = baseOf(code)
    const [reason, remedy] = meanings[rc] ?? ['it refuses', 'look the code up in part 2 of the TPM 2.0 library, §6.6']
    super('ERR_TPM_COMMAND', `TPM: ${command}: ${reason} (code 0x${code.toString(16)})`, {
      details: { field: command, actual: `0x${code.toString(16)}`, remedy }
    })
    this.rc = rc
  }
}

/** Codes of format one (bit 7) say in bits 6 and 8 to 11 what they are about. */
function baseOf(code: number): number {
  return (code & 0x80) === 0 ? code : code & 0xbf
}

const meanings: Readonly<Record<number, readonly [reason: string, remedy: string]>> = {
  [responseCode.policyFail]: ['the policy is not fulfilled', 'boot the software that the PCRs were named for'],
  [responseCode.integrity]: ['the object is not of this TPM, or was changed', 'use the TPM that sealed it'],
  [responseCode.authFail]: ['the authorization is wrong', 'give the right ownerAuth; too many failures lock the TPM'],
  [responseCode.badAuth]: ['the authorization is wrong', 'give the right ownerAuth'],
  [responseCode.handle]: ['there is no such object', 'see which indexes and keys the TPM has'],
  [responseCode.initialize]: ['it has not been started', 'let firmware or the kernel start it'],
  [responseCode.nvUninitialized]: ['the index has never been written', 'reset the anchor knowingly'],
  [responseCode.nvDefined]: ['the index exists already', 'choose another index'],
  [responseCode.pcrChanged]: ['PCRs have changed meanwhile', 'try again'],
  [responseCode.nvRate]: ['it writes to its memory no faster', 'commit less often: many changes in one transaction']
}

/** @throws UnavailableError ERR_TPM_COMMAND */
export function brokenTransport(where: string, cause: unknown): UnavailableError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'
  return new UnavailableError('ERR_TPM_COMMAND', `TPM: ${where} cannot be used (${code})`, {
    cause,
    details: { remedy: 'load the TPM driver, and let this process into the group of the device (tss)' }
  })
}
