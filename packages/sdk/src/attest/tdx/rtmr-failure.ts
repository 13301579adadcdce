// What an error of the files of measurement registers means, and what to do about it.
import { TresorError, type UnavailableCode, UnavailableError } from '../../core/index.js'
import { isErrnoFailure } from '../errno.js'

type Meaning = readonly [code: UnavailableCode, reason: string, remedy: string]

const missing: Meaning = [
  'ERR_DEVICE_MISSING',
  'the kernel does not show the registers',
  'inside a TD with Linux 6.16 or newer, load its driver (modprobe tdx-guest)'
]
const forbidden: Meaning = [
  'ERR_DEVICE_PERMISSION',
  'this process may not use the register',
  'run as root or with CAP_DAC_OVERRIDE: the files belong to root, and RTMR 0 and 1 to the firmware'
]
const busy: Meaning = ['ERR_DEVICE_BUSY', 'the register is in use', 'retry later']

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  ENODEV: missing,
  ENXIO: missing,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: [
    'ERR_DEVICE_PERMISSION',
    'the file system is mounted read-only here',
    'in a container, mount /sys from the host writable, or extend the register before it starts'
  ],
  EBUSY: busy,
  EAGAIN: busy,
  EINTR: busy
}

const refused: Meaning = ['ERR_DEVICE_REFUSED', 'the TDX module refused', 'see dmesg; the register may not be writable']

export async function explainedRtmr<T>(register: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw explain(register, error)
  }
}

function explain(register: string, error: unknown): unknown {
  if (TresorError.is(error) || !isErrnoFailure(error)) return error
  const [code, reason, remedy] = meanings[error.code] ?? refused
  return new UnavailableError(code, `${register}: ${reason} (${error.code})`, {
    cause: error,
    details: { field: register, errno: error.code, remedy }
  })
}

/** @throws UnavailableError ERR_DEVICE_RESPONSE unless a register of 48 bytes was read */
export function expectRegister(register: string, value: Uint8Array): Uint8Array {
  if (value.length === 48) return value
  throw new UnavailableError('ERR_DEVICE_RESPONSE', `${register}: expected 48 bytes, found ${value.length}`, {
    details: { field: register, remedy: 'report it, with the version of the kernel' }
  })
}
