// The event log of the firmware and the boot loader, as Linux shows the data of the ACPI table CCEL. It explains what the RTMRs hold; the
// quote proves it.
import { EvidenceError, TresorError, type UnavailableCode, UnavailableError } from '../../core/index.js'
import { eventLogLength } from '../../evidence/event-log/index.js'
import { type Endorsement, mediaTypes } from '../../evidence/index.js'
import { isErrnoFailure } from '../errno.js'
import { type ReadFile, readSmallFile } from './read-file.js'

const eventLogPath = '/sys/firmware/acpi/tables/data/CCEL'
const maxLogBytes = 1 << 20

/**
 * The event log of this TD, without what fills the table up behind it.
 * @throws UnavailableError ERR_DEVICE_MISSING, ERR_DEVICE_PERMISSION, ERR_DEVICE_RESPONSE, ERR_DEVICE_REFUSED
 */
export async function readEventLog(read: ReadFile = readSmallFile): Promise<Uint8Array> {
  try {
    const table = await read(eventLogPath, maxLogBytes)
    return table.slice(0, eventLogLength(table))
  } catch (error) {
    throw explain(error)
  }
}

/**
 * Ships the log with evidence. It does not change any more once the guest is up, so it is read once; a guest without one attests
 * without, and where there is one that cannot be read, its operator is told once.
 */
export function createLogReader(provider: string, read: ReadFile): () => Promise<readonly Endorsement[]> {
  let known: Promise<readonly Endorsement[]> | undefined
  return () => {
    known ??= readEndorsement(provider, read)
    return known
  }
}

async function readEndorsement(provider: string, read: ReadFile): Promise<readonly Endorsement[]> {
  try {
    return [{ mediaType: mediaTypes.eventLog, bytes: await readEventLog(read) }]
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    if (error.code !== 'ERR_DEVICE_MISSING') warn(provider, error)
    return []
  }
}

function warn(provider: string, error: UnavailableError): void {
  process.emitWarning(`${provider}: evidence goes without its event log: ${error.message}`, {
    code: 'TRESOR_TDX_EVENT_LOG'
  })
}

type Meaning = readonly [code: UnavailableCode, reason: string, remedy: string]

const missing: Meaning = [
  'ERR_DEVICE_MISSING',
  'the firmware has left no event log',
  'use firmware for TDX (TDVF, OVMF with CC measurements), or attest without the log'
]
const forbidden: Meaning = [
  'ERR_DEVICE_PERMISSION',
  'this process may not read it',
  'run as root or with CAP_DAC_READ_SEARCH, or attest without the log'
]
const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  EACCES: forbidden,
  EPERM: forbidden
}

function explain(error: unknown): unknown {
  if (error instanceof EvidenceError) {
    const details = { remedy: 'report it, with the version of the firmware' }
    return new UnavailableError('ERR_DEVICE_RESPONSE', `${eventLogPath}: ${error.message}`, { cause: error, details })
  }
  if (TresorError.is(error) || !isErrnoFailure(error)) return error
  const [code, reason, remedy] = meanings[error.code] ?? ['ERR_DEVICE_REFUSED', 'it cannot be read', 'see dmesg']
  return new UnavailableError(code, `${eventLogPath}: ${reason} (${error.code})`, {
    cause: error,
    details: { errno: error.code, remedy }
  })
}
