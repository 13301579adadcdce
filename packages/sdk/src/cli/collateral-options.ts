// Where a command finds certificates and lists: files that the caller names, the cache, the vendor's service.
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { identify } from '../evidence/index.js'
import { parseSnpCertificateTable } from '../evidence/snp/certificate-table.js'
import { type Collateral, createCollateral, pccs, type Services } from '../verify/index.js'
import { directoryStore } from '../verify/node/index.js'
import type { Arguments, OptionKinds } from './arguments.js'
import { wrongCommand } from './arguments.js'
import { isDirectory, named, readInput, wrongFile } from './files.js'
import type { Io } from './io.js'

export const collateralOptions: OptionKinds = {
  collateral: 'values',
  offline: 'flag',
  cache: 'value',
  service: 'values',
  pccs: 'value'
}

/** @throws UsageError ERR_USAGE_FILE, ERR_USAGE_COMMAND, ERR_USAGE_OPTION */
export async function openCollateral(args: Arguments, command: string, io: Io): Promise<Collateral> {
  const cache = args.value('cache')
  const given: Uint8Array[] = []
  for (const path of args.values('collateral')) given.push(...(await readGiven(path, io)))
  return createCollateral({
    given,
    store: directoryStore(cache ?? defaultCacheDirectory(io.env)),
    offline: args.flag('offline'),
    services: servicesOf(args, command),
    fetch: io.fetch,
    clock: io.clock,
    ...(cache === undefined ? {} : { onStoreError: (error: unknown) => warn(error, io) })
  })
}

/** What is named by itself outweighs the caching service that stands for several. */
function servicesOf(args: Arguments, command: string): Services {
  const url = args.value('pccs')
  const named = args.values('service').map((text) => parseService(text, command))
  return { ...(url === undefined ? {} : pccs(url)), ...Object.fromEntries(named) }
}

/** Shared by all runs of this user. Where it cannot be written to, nothing is kept. */
export function defaultCacheDirectory(env: Io['env']): string {
  const base = env.XDG_CACHE_HOME
  return join(base?.startsWith('/') ? base : join(env.HOME ?? homedir(), '.cache'), 'tresor')
}

/** A file, or the files of a directory that hold collateral; other files in it are left alone. */
async function readGiven(path: string, io: Io): Promise<readonly Uint8Array[]> {
  if (path === '-' || !(await isDirectory(path))) return readFile(path, io)
  const names = (await named(path, () => readdir(path, { withFileTypes: true }))).filter((entry) => entry.isFile())
  if (names.length > maxFiles) throw wrongFile(path, `holds more than ${maxFiles} files`)
  const given: Uint8Array[] = []
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    given.push(...(collateralIn(await readInput(join(path, name), io)) ?? []))
  }
  if (given.length === 0) throw wrongFile(path, 'holds no certificate, chain or revocation list')
  return given
}

const maxFiles = 256

async function readFile(path: string, io: Io): Promise<readonly Uint8Array[]> {
  const given = collateralIn(await readInput(path, io))
  if (given === undefined) throw wrongFile(path, 'is no certificate, chain, revocation list or certificate table')
  return given
}

function collateralIn(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  switch (identify(bytes)?.what) {
    case 'certificate':
    case 'certificate-list':
    case 'pem':
    case 'signed-collateral':
      return [bytes]
    case 'snp-certificate-table':
      return parseSnpCertificateTable(bytes).map((entry) => entry.bytes)
    default:
      return undefined
  }
}

/** `NAME=URL`. */
function parseService(text: string, command: string): readonly [name: string, url: string] {
  const at = text.indexOf('=')
  if (at < 1) throw wrongCommand(command, `--service expects NAME=URL, for example amd-kds=https://mirror.example`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function warn(error: unknown, io: Io): void {
  io.stderr.write(`tresor: the cache was not used: ${error instanceof Error ? error.message : String(error)}\n`)
}
