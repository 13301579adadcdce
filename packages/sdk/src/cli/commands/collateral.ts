// tresor collateral: what vendors publish, in a directory, for verifiers without a network.
import { UsageError } from '../../core/index.js'
import { fetchCollateral } from '../collateral/fetch.js'
import { showCollateral, verifyCollateral } from '../collateral/stored.js'
import type { Command } from '../command.js'

const help = `tresor collateral: what vendors publish, in a directory

Usage: tresor collateral fetch [EVIDENCE…] [OPTION…]
       tresor collateral show   [--cache DIR] [--at TIME]
       tresor collateral verify [--cache DIR] [--at TIME]

  fetch   fetches what this evidence needs, or what is named, into the cache
  show    lists what is there, with its validity
  verify  checks every signature up to the pinned roots, and every date

Options of fetch:
  --fmspc HEX         a family of Intel platforms; --tee tdx (default) or sgx
  --product NAME      Milan, Genoa or Turin
  --cache DIR         the directory; copy it to the site, and use it there with
                      --cache DIR --offline
  --pccs URL          a caching service in place of Intel's
  --service NAME=URL, --collateral PATH, --at TIME   as for \`tresor verify\`

Exit code: 0 all there, or all good · 1 not genuine · 3 missing or out of reach

Examples:
  tresor collateral fetch --cache site --fmspc 90c06f000000 --product Genoa
  tresor collateral verify --cache site
`

const parts = { fetch: fetchCollateral, show: showCollateral, verify: verifyCollateral }

export const collateralCommand: Command = {
  name: 'collateral',
  summary: 'fetch, list and verify what vendors publish',
  help,
  run: async ([part = '', ...args], io) => {
    const run = Object.hasOwn(parts, part) ? parts[part as keyof typeof parts] : undefined // checked just before
    if (run !== undefined) return run(args, io)
    const found = part === '' ? 'nothing' : `'${part}'`
    throw new UsageError('ERR_USAGE_COMMAND', `tresor collateral: expected fetch, show or verify, found ${found}`, {
      details: { remedy: 'see `tresor help collateral`' }
    })
  }
}
