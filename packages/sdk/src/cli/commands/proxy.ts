// tresor proxy: attested TLS for programs that cannot be changed, in both directions.
import { checkProxyConfig } from '../../tls/proxy/index.js'
import { parseArguments } from '../arguments.js'
import type { Command, Outcome } from '../command.js'
import { exitCode } from '../exit-code.js'
import { routeOptions } from '../proxy/flags.js'
import { createLoader, loadOptions } from '../proxy/load.js'
import { createLog } from '../proxy/log.js'
import { serveProxy } from '../proxy/serve.js'
import { markOf } from '../style.js'

const help = `tresor proxy: attested TLS for a program that cannot be changed

Usage: tresor proxy --listen A --to A [OPTION…]                 inside the TEE
       tresor proxy --listen A --connect A --policy P --ca F [OPTION…]
       tresor proxy --config FILE      several routes; docs/proxy.md says how

A: :443, 127.0.0.1:5432, [::1]:80, unix:/path
  --clients P       inside: clients must prove themselves
  --cert F --key F  inside: the TLS certificate; default: a fresh one
  --ca F, --system-ca, --evidence-only   outside: who vouches for the machine
  --prove           outside: prove this machine, too
  --mode http       requests, not bytes; --verdict-header tells the program
  --metrics A       /metrics, /healthz, /readyz
  --drain SECONDS   for connections to finish after SIGTERM; SIGHUP reloads
  --check           only say whether it would start; --verbose logs more
  --provider NAME, --simulator DIR, --endorse   as for \`tresor attest\`
  --unsafe-listen-plain, --unsafe-send-plain    plain bytes leave this machine

Exit code: 0 ended by a signal · 2 configuration · 3 no TEE, cannot listen

Examples:
  tresor proxy --listen :443 --to 127.0.0.1:5432
`

const options = { ...routeOptions, ...loadOptions, check: 'flag', verbose: 'flag' } as const

export const proxyCommand: Command = {
  name: 'proxy',
  summary: 'attested TLS for a program that cannot be changed',
  help,
  run: async (args, io) => {
    const parsed = parseArguments(args, 'proxy', options, { min: 0, max: 0, name: 'no argument' })
    if (parsed.flag('check')) {
      const load = await createLoader(parsed, io)
      checkProxyConfig(await load())
      return checked
    }
    const log = createLog(io, { json: parsed.flag('json'), verbose: parsed.flag('verbose') })
    await serveProxy(() => createLoader(parsed, io), log, io)
    return { exitCode: exitCode.fine, json: undefined, render: () => [] }
  }
}

const checked: Outcome = {
  exitCode: exitCode.fine,
  json: { ok: true },
  render: (style) => [`${markOf(style, 'passed')} this configuration would start`]
}
