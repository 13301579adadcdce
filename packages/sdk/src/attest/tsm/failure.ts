// What an error of configfs-tsm means and what to do about it (Linux Documentation/ABI/testing/configfs-tsm-report).
import { TresorError, type UnavailableCode, UnavailableError } from '../../core/index.js'
import { isErrnoFailure } from '../errno.js'

type Meaning = readonly [code: UnavailableCode, reason: string, remedy: string]

const later = 'retry later; if it persists, look for another process that asks for evidence all the time'

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: [
    'ERR_DEVICE_MISSING',
    'the kernel offers no configfs-tsm',
    'inside a guest with Linux 6.7 or newer, load its driver (modprobe sev-guest or tdx-guest) and mount configfs (mount -t configfs none /sys/kernel/config)'
  ],
  ENXIO: [
    'ERR_DEVICE_MISSING',
    'no driver of a trusted execution environment has registered with configfs-tsm',
    'load the driver (modprobe sev-guest or tdx-guest); if it does not load, this machine is no confidential guest or a paravisor keeps the interface'
  ],
  EACCES: [
    'ERR_DEVICE_PERMISSION',
    'this process may not use configfs-tsm',
    'run as root or with CAP_DAC_OVERRIDE: entries belong to root, with mode 0200 for what is written'
  ],
  EROFS: [
    'ERR_DEVICE_PERMISSION',
    'configfs is mounted read-only here',
    'in a container, mount /sys/kernel/config from the host writable'
  ],
  EBUSY: ['ERR_DEVICE_BUSY', 'another request is in progress', later],
  EAGAIN: ['ERR_DEVICE_BUSY', 'another request changed this one', later],
  EEXIST: ['ERR_DEVICE_BUSY', 'the name of the entry is taken', later],
  EINTR: ['ERR_DEVICE_BUSY', 'a signal interrupted the request', later],
  ETIMEDOUT: ['ERR_DEVICE_BUSY', 'the host did not answer in time', 'retry later; the host may be overloaded'],
  ENOTTY: [
    'ERR_DEVICE_KEY_LOST',
    'the driver has wiped its message key after a failed request',
    'reboot the guest: nothing less brings the key back'
  ]
}

const aliases: Readonly<Record<string, string>> = {
  ENOTDIR: 'ENOENT',
  ENODEV: 'ENXIO',
  EPERM: 'EACCES',
  EWOULDBLOCK: 'EAGAIN'
}

/** Turns what a file operation on `attribute` threw into a coded error. */
export function explainTsmFailure(error: unknown, attribute: string): TresorError {
  if (error instanceof TresorError) return error
  if (!isErrnoFailure(error)) return refused(attribute, 'unknown error', error)
  const meaning = meanings[aliases[error.code] ?? error.code]
  if (meaning === undefined) return refused(attribute, error.code, error)
  const [code, reason, remedy] = meaning
  return new UnavailableError(code, `configfs-tsm ${attribute}: ${reason} (${error.code})`, {
    cause: error,
    details: { field: attribute, errno: error.code, remedy }
  })
}

function refused(attribute: string, errno: string, cause: unknown): UnavailableError {
  return new UnavailableError('ERR_DEVICE_REFUSED', `configfs-tsm ${attribute}: the driver refused (${errno})`, {
    cause,
    details: { field: attribute, errno, remedy: 'see dmesg for what firmware or host answered' }
  })
}
