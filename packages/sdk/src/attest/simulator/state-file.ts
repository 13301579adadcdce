// Keeps the state in a directory. Whoever comes first makes it, whole or not at all; everybody else uses what is there.
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SnpProduct } from '../../evidence/index.js'
import { isErrnoFailure } from '../errno.js'
import { publishOnce } from './publish.js'
import { broken, createState, encodeState, parseState, type SimulatorState } from './state.js'

const maxStateBytes = 65_536

/**
 * The state of the simulated chip in `directory`, made if there is none.
 * @throws UsageError ERR_USAGE_SIMULATOR when it is damaged, or the directory cannot be used
 */
export async function openStateFile(directory: string, product: SnpProduct): Promise<SimulatorState> {
  const path = join(directory, `snp-${product.toLowerCase()}.json`)
  return (await readState(path, product)) ?? (await makeState(directory, path, product))
}

async function readState(path: string, product: SnpProduct): Promise<SimulatorState | undefined> {
  const text = await explained(path, () => readBounded(path))
  return text === undefined ? undefined : parseState(text, product, path)
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maxStateBytes) throw broken(path, `expected at most ${maxStateBytes} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrnoFailure(error) && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function makeState(directory: string, path: string, product: SnpProduct): Promise<SimulatorState> {
  const text = encodeState(await createState(product))
  await explained(path, async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await publishOnce(path, text)
  })
  const state = await readState(path, product)
  if (state === undefined) throw broken(path, 'it disappeared just after it was written')
  return state
}

async function explained<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    if (isErrnoFailure(error)) throw broken(path, `cannot be read or written (${error.code})`, error)
    throw error
  }
}
