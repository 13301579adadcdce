// Reports through configfs-tsm (Linux 6.7 or newer), for every kind of guest whose driver registers there.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { TresorError, toHex, UnavailableError } from '../../core/index.js'
import { aborted } from '../request-queue.js'
import { type TsmEntry, type TsmRoot, withTsmEntry } from './entry.js'
import { nodeFiles } from './files.js'

export interface TsmRequest {
  /** What the kernel calls the driver that must answer, for example `sev_guest`. */
  readonly provider: string
  readonly inblob: Uint8Array
  /** For SNP the VMPL, 0 to 3. Without it the lowest that the kernel admits. */
  readonly privlevel?: number
  /** Ends the retries. */
  readonly signal?: AbortSignal
}

/** Blobs as the driver wrote them; empty where it has none. */
export interface TsmReport {
  readonly outblob: Uint8Array
  readonly auxblob: Uint8Array
  readonly manifestblob: Uint8Array
}

export interface Tsm extends TsmRoot {
  readonly sleep: (milliseconds: number) => Promise<unknown>
}

/** The kernel's own. The path is part of the kernel's interface; nothing outside can change it. */
export const kernelTsm: Tsm = {
  files: nodeFiles,
  path: '/sys/kernel/config/tsm/report',
  createName: () => `tresor-${toHex(randomBytes(12))}`,
  sleep
}

const maxAttempts = 8

/**
 * One report. Retries what another writer or the host spoilt, with a longer pause each time.
 * @throws UnavailableError ERR_DEVICE_MISSING, ERR_DEVICE_PERMISSION, ERR_DEVICE_BUSY, ERR_DEVICE_REFUSED,
 * ERR_DEVICE_KEY_LOST, ERR_DEVICE_RESPONSE, ERR_ABORTED
 */
export async function readTsmReport(request: TsmRequest, tsm: Tsm = kernelTsm): Promise<TsmReport> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTsmEntry(tsm, (entry) => readOnce(entry, request))
    } catch (error) {
      const again = TresorError.is(error) && error.code === 'ERR_DEVICE_BUSY' && attempt < maxAttempts
      if (!again) throw error
    }
    if (request.signal?.aborted) throw aborted(request.signal)
    await tsm.sleep(Math.min(25 * 2 ** (attempt - 1), 1000))
  }
}

/** Succeeds where a driver called `provider` serves configfs-tsm and lets this process in. Asks for no report. */
export async function assertTsmProvider(provider: string, tsm: Tsm = kernelTsm): Promise<void> {
  await withTsmEntry(tsm, (entry) => expectProvider(entry, provider))
}

async function readOnce(entry: TsmEntry, request: TsmRequest): Promise<TsmReport> {
  await expectProvider(entry, request.provider)
  const start = await readGeneration(entry)
  await writePrivlevel(entry, request.privlevel)
  await entry.write('inblob', request.inblob)
  await expectGeneration(entry, start)
  const report = {
    outblob: await entry.read('outblob'),
    auxblob: await entry.readOptional('auxblob'),
    manifestblob: await entry.readOptional('manifestblob')
  }
  await expectGeneration(entry, start)
  return report
}

async function expectProvider(entry: TsmEntry, expected: string): Promise<void> {
  const actual = await entry.readText('provider')
  if (actual === expected) return
  throw new UnavailableError('ERR_DEVICE_MISSING', `configfs-tsm provider: expected ${expected}, found '${actual}'`, {
    details: { field: 'provider', expected, actual, remedy: 'this guest is of another kind: use the provider for it' }
  })
}

/** The kernel starts at zero, which it refuses itself where a paravisor has that level: then the floor is written. */
async function writePrivlevel(entry: TsmEntry, wanted: number | undefined): Promise<void> {
  const text = await entry.readOptionalText('privlevel_floor')
  const floor = text === '' ? 0 : parseCount(text, 'privlevel_floor')
  if (wanted !== undefined && wanted < floor) throw belowFloor(wanted, floor)
  if (wanted !== undefined || floor > 0) await entry.write('privlevel', wanted ?? floor)
}

function belowFloor(wanted: number, floor: number): UnavailableError {
  return new UnavailableError(
    'ERR_DEVICE_REFUSED',
    `configfs-tsm privlevel: expected at least ${floor}, found ${wanted}`,
    {
      details: {
        field: 'privlevel',
        expected: `at least ${floor}`,
        actual: String(wanted),
        remedy: 'ask for a VMPL at or above the one that this guest runs at'
      }
    }
  )
}

/** A write that the kernel dropped, and one that somebody else made, both show here and nowhere else. */
async function expectGeneration(entry: TsmEntry, start: number): Promise<void> {
  const expected = start + entry.writes
  const actual = await readGeneration(entry)
  if (actual === expected) return
  throw new UnavailableError('ERR_DEVICE_BUSY', `configfs-tsm generation: expected ${expected}, found ${actual}`, {
    details: {
      field: 'generation',
      expected: String(expected),
      actual: String(actual),
      remedy: 'another process writes to the same entry: find it'
    }
  })
}

async function readGeneration(entry: TsmEntry): Promise<number> {
  return parseCount(await entry.readText('generation'), 'generation')
}

function parseCount(text: string, attribute: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new UnavailableError('ERR_DEVICE_RESPONSE', `configfs-tsm ${attribute}: expected a number`, {
    details: { field: attribute }
  })
}
