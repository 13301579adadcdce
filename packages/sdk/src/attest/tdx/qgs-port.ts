// The vsock port of the quote generation service, from the file that Intel's own library reads: lines `port = 4050`, `#` for remarks.
import { UnavailableError } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import { isErrnoFailure } from '../errno.js'
import type { ReadFile } from './read-file.js'

const qgsConfigPath = '/etc/tdx-attest.conf'

const maxConfigBytes = 65_536

/**
 * The port that the administrator of this guest wrote down.
 * @throws UnavailableError ERR_DEVICE_MISSING when there is none, or none that is a port
 */
export async function readQgsPort(read: ReadFile): Promise<number> {
  const text = decodeUtf8(await readConfig(read))
  if (text === undefined) throw noPort('expected UTF-8')
  return parseQgsPort(text)
}

/** The first line that assigns a port decides. Other lines must be remarks or empty: a misspelt name would go unnoticed. */
export function parseQgsPort(text: string): number {
  const lines = text.split('\n').map((line) => line.trim())
  const [line, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (line === undefined || others.length > 0) throw noPort('expected one line such as port=4050')
  const port = /^port\s*=\s*(\d{1,10})$/.exec(line)?.[1]
  if (port === undefined || Number(port) < 1 || Number(port) > 0xffff_fffe) throw noPort('expected a number of 32 bits')
  return Number(port)
}

async function readConfig(read: ReadFile): Promise<Uint8Array> {
  try {
    return await read(qgsConfigPath, maxConfigBytes)
  } catch (error) {
    if (!isErrnoFailure(error)) throw error
    throw noPort(`the file cannot be read (${error.code})`, error)
  }
}

function noPort(reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError('ERR_DEVICE_MISSING', `${qgsConfigPath}: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    details: {
      field: 'port',
      remedy:
        'write the vsock port of the quote generation service of the host into it, usually port=4050; or use configfs-tsm'
    }
  })
}
