// The status that the firmware puts into its answer: the system call itself has succeeded (AMD 56860 rev 1.58, §7).
import { UnavailableError } from '../../core/index.js'

const meanings: Readonly<Record<number, readonly [reason: string, remedy: string]>> = {
  22: [
    'the parameters are invalid',
    'ask for a VMPL not below the one of this guest, and for SVN and TCB not above those of its launch'
  ],
  39: ['the key selection is invalid', 'ask for the other root key: this platform does not give the guest this one']
}

/** @throws UnavailableError ERR_DEVICE_REFUSED unless `status` is zero */
export function expectFirmwareSuccess(status: number, what: string): void {
  if (status === 0) return
  const [reason, remedy] = meanings[status] ?? ['the request was refused', 'look the status up in AMD document 56860']
  const hex = `0x${status.toString(16)}`
  throw new UnavailableError('ERR_DEVICE_REFUSED', `${what}: firmware says that ${reason} (status ${hex})`, {
    details: { field: 'status', actual: hex, status, remedy }
  })
}
