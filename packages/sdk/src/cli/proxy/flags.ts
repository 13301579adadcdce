// The flags of `tresor proxy` for one route, as the document that a configuration file would be.
import { type Arguments, type OptionKinds, wrongCommand } from '../arguments.js'

export const routeOptions: OptionKinds = {
  listen: 'value',
  to: 'value',
  connect: 'value',
  mode: 'value',
  policy: 'values',
  clients: 'values',
  ca: 'values',
  'system-ca': 'flag',
  'evidence-only': 'flag',
  servername: 'value',
  prove: 'flag',
  cert: 'value',
  key: 'value',
  'verdict-header': 'flag',
  metrics: 'value',
  drain: 'value',
  'unsafe-listen-plain': 'flag',
  'unsafe-send-plain': 'flag'
}

/** Of these, what belongs to one direction only. */
const serverOnly = ['clients', 'cert', 'key', 'unsafe-send-plain'] as const
const clientOnly = ['policy', 'ca', 'system-ca', 'evidence-only', 'servername', 'prove', 'unsafe-listen-plain'] as const

/** @throws UsageError ERR_USAGE_COMMAND */
export function documentFromFlags(args: Arguments): Record<string, unknown> {
  const metrics = args.value('metrics')
  const drain = args.value('drain')
  return {
    routes: [routeFromFlags(args)],
    ...(metrics === undefined ? {} : { metrics: { listen: metrics } }),
    ...(drain === undefined ? {} : { drainMs: secondsOf(drain) })
  }
}

/** Flags that a file says in place of them. */
export function refuseFlagsBesideFile(args: Arguments): void {
  const given = Object.keys(routeOptions).find((name) => args.flag(name))
  if (given !== undefined) throw wrongCommand('proxy', `--${given} and --config exclude each other: say it in the file`)
}

function routeFromFlags(args: Arguments): Record<string, unknown> {
  const [to, connect] = [args.value('to'), args.value('connect')]
  if ((to === undefined) === (connect === undefined)) {
    throw wrongCommand('proxy', 'expected --config FILE, or --listen with either --to or --connect')
  }
  const stray = (to === undefined ? serverOnly : clientOnly).find((name) => args.flag(name))
  if (stray !== undefined) {
    throw wrongCommand('proxy', `--${stray} does not go with --${to === undefined ? 'connect' : 'to'}`)
  }
  return {
    listen: args.required('listen', 'proxy'),
    ...named(args, 'mode', 'mode'),
    ...(args.flag('verdict-header') ? { verdictHeader: true } : {}),
    ...(to === undefined ? { connect, ...clientFlags(args) } : { to, ...serverFlags(args) })
  }
}

function serverFlags(args: Arguments): Record<string, unknown> {
  const [cert, key] = [args.value('cert'), args.value('key')]
  if ((cert === undefined) !== (key === undefined)) throw wrongCommand('proxy', '--cert and --key go together')
  return {
    ...(args.flag('clients') ? { clients: args.values('clients') } : {}),
    ...(cert === undefined ? {} : { certificate: { cert, key } }),
    ...(args.flag('unsafe-send-plain') ? { unsafeSendPlain: true } : {})
  }
}

function clientFlags(args: Arguments): Record<string, unknown> {
  args.required('policy', 'proxy')
  return {
    policy: args.values('policy'),
    trust: trustOf(args),
    ...named(args, 'servername', 'servername'),
    ...(args.flag('prove') ? { prove: true } : {}),
    ...(args.flag('unsafe-listen-plain') ? { unsafeListenPlain: true } : {})
  }
}

function trustOf(args: Arguments): unknown {
  const given = ['ca', 'system-ca', 'evidence-only'].filter((name) => args.flag(name))
  if (given.length !== 1) {
    throw wrongCommand(
      'proxy',
      'expected exactly one of --ca FILE, --system-ca and --evidence-only: how is the machine behind the name known?'
    )
  }
  if (given[0] === 'ca') return { ca: args.values('ca') }
  return given[0] === 'system-ca' ? 'system' : 'evidence-only'
}

function named(args: Arguments, flag: string, key: string): Record<string, string> {
  const value = args.value(flag)
  return value === undefined ? {} : { [key]: value }
}

function secondsOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text) * 1000
  throw wrongCommand('proxy', '--drain expects seconds, at most 3600')
}
