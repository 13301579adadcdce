// The status that SNP firmware puts into its answer: the system call itself has succeeded (AMD 56860 rev 1.58, §7).
import { UnavailableError } from '../core/index.js'

const meanings: Readonly<Record<number, readonly [reason: string, remedy: string]>> = {
  22: [
    'the parameters are invalid',
    'ask for a VMPL not below the one of this guest, and for SVN and TCB not above those of its launch'
  ],
  39: ['the key selection is invalid', 'ask for the other root key: this platform does not give the guest this one']
}

/** The error for an answer of `what` with a status other than zero. */
export function firmwareRefusal(status: number, what: string, cause?: unknown): UnavailableError {
  const [reason, remedy] = meanings[status] ?? ['the request is refused', 'look the status up in AMD document 56860']
  const actual = `0x${status.toString(16)}`
  return new UnavailableError('ERR_DEVICE_REFUSED', `${what}: firmware says that ${reason} (status ${actual})`, {
    ...(cause === undefined ? {} : { cause }),
    details: { field: 'status', actual, status, remedy }
  })
}
