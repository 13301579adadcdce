// From the command line to a configuration, again for every reload: files are read anew, the TEE is found once.
import { dirname, resolve } from 'node:path'
import type { EvidenceProvider } from '../../attest/index.js'
import { TresorError, UsageError } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import { type DocumentTools, loadProxyConfig, type ProxyConfig, parseProxyDocument } from '../../tls/proxy/index.js'
import type { Collateral } from '../../verify/index.js'
import { type Arguments, type OptionKinds, wrongCommand } from '../arguments.js'
import { collateralOptions, openCollateral } from '../collateral-options.js'
import { endorse } from '../endorse.js'
import { readInput, wrongFile } from '../files.js'
import type { Io } from '../io.js'
import { chooseProvider } from '../provider.js'
import { documentFromFlags, refuseFlagsBesideFile } from './flags.js'

export const loadOptions: OptionKinds = {
  config: 'value',
  provider: 'value',
  simulator: 'value',
  endorse: 'flag',
  ...collateralOptions
}

/** Loads what `args` describe, each time as it stands now. */
export type LoadConfig = () => Promise<ProxyConfig>

/** @throws UsageError, UnavailableError */
export async function createLoader(args: Arguments, io: Io): Promise<LoadConfig> {
  const config = args.value('config')
  if (config !== undefined) refuseFlagsBesideFile(args)
  if (config === '-') throw wrongCommand('proxy', '--config expects a file: it is read again on SIGHUP')
  const collateral = await openCollateral(args, 'proxy', io)
  const base = config === undefined ? '.' : dirname(config)
  const tools: DocumentTools = {
    readFile: (path) => readInput(resolve(base, path), io),
    provider: providerFinder(args, collateral, io),
    collateral
  }
  return async () => loadProxyConfig(config === undefined ? documentFromFlags(args) : await read(config, io), tools)
}

async function read(path: string, io: Io): Promise<unknown> {
  const text = decodeUtf8(await readInput(path, io))
  if (text === undefined) throw wrongFile(path, 'is not text in UTF-8')
  try {
    return parseProxyDocument(text)
  } catch (error) {
    throw TresorError.is(error)
      ? new UsageError('ERR_USAGE_FILE', `${path}: ${error.message}`, { cause: error })
      : error
  }
}

/** The same provider for the same name: connections before and after a reload share its batches. */
function providerFinder(args: Arguments, collateral: Collateral, io: Io): DocumentTools['provider'] {
  const found = new Map<string | undefined, EvidenceProvider>()
  return async (name) => {
    const wanted = args.value('provider') ?? (args.flag('simulator') ? undefined : name)
    const known = found.get(wanted)
    if (known !== undefined) return known
    const chosen = await chooseProvider(wanted, args.value('simulator'))
    const provider = args.flag('endorse') ? endorsing(chosen, collateral, io) : chosen
    found.set(wanted, provider)
    return provider
  }
}

/** Evidence with what a verifier would have to fetch. */
function endorsing(provider: EvidenceProvider, collateral: Collateral, io: Io): EvidenceProvider {
  const { kind, name, simulated } = provider
  const collect: EvidenceProvider['collect'] = async (request) =>
    endorse(await provider.collect(request), provider, collateral, io)
  return { kind, name, simulated, collect }
}
