// tresor attest: evidence of this machine into a file.
import { attest, type EvidenceProvider } from '../../attest/index.js'
import { expectOneOf } from '../../core/index.js'
import { encodeBase64 } from '../../encoding/base64.js'
import { decodeEvidence } from '../../evidence/cmw/decode-evidence.js'
import { encodeEvidence } from '../../evidence/cmw/encode-evidence.js'
import type { Evidence } from '../../evidence/index.js'
import { type Arguments, parseArguments, wrongCommand } from '../arguments.js'
import { collateralOptions, openCollateral } from '../collateral-options.js'
import type { Command, Outcome } from '../command.js'
import { endorse } from '../endorse.js'
import { exitCode } from '../exit-code.js'
import { readInput, writeWhole } from '../files.js'
import type { Io } from '../io.js'
import { chooseProvider } from '../provider.js'
import { labelled, markOf, type Style } from '../style.js'
import { expectHex } from '../values.js'

const help = `tresor attest: evidence that this machine is a TEE, for whoever chose the nonce

Usage: tresor attest --nonce HEX [OPTION…]

  --nonce HEX             what the verifier chose, 16 bytes or more
  --nonce-file F          or the same as raw bytes; \`-\` is standard input
  --raw-report-data HEX   or 64 bytes for a protocol of your own; never bytes
                          that a peer chose
  --out FILE              written whole or not at all; default standard output
  --format cbor|json|raw  CMW with endorsements in CBOR (default) or JSON, or
                          the report alone, as the device made it
  --provider NAME         this interface; see \`tresor detect\`
  --simulator DIR         simulated evidence, which proves nothing; DIR keeps
                          the simulated chip
  --endorse               add what a verifier would have to fetch; takes
                          --collateral, --offline, --cache and --service

Exit code: 0 written · 2 wrong usage · 3 no device, or it refused

Examples:
  tresor attest --nonce $NONCE --out evidence.cmw
  tresor attest --nonce $NONCE --simulator .simulator --format json
`

const options = {
  nonce: 'value',
  'nonce-file': 'value',
  'raw-report-data': 'value',
  out: 'value',
  format: 'value',
  provider: 'value',
  simulator: 'value',
  endorse: 'flag',
  ...collateralOptions
} as const

export const attestCommand: Command = {
  name: 'attest',
  summary: 'evidence of this machine, for whoever chose the nonce',
  help,
  run: async (args, io) => {
    const parsed = parseArguments(args, 'attest', options, { min: 0, max: 0, name: 'no argument' })
    const format = expectOneOf(parsed.value('format') ?? 'cbor', formats, '--format')
    const out = parsed.value('out') ?? '-'
    if (out === '-' && format !== 'json' && io.stdout.isTerminal && !parsed.flag('json')) {
      throw wrongCommand('attest', 'evidence is binary: name a file with --out, or use --format json')
    }
    const request = await readRequest(parsed, io)
    const provider = await chooseProvider(parsed.value('provider'), parsed.value('simulator'))
    const evidence = decodeEvidence(await attest(provider, request))
    const complete = parsed.flag('endorse')
      ? await endorse(evidence, provider, await openCollateral(parsed, 'attest', io), io)
      : evidence
    return deliver({ provider, evidence: complete, format, out, bytes: encode(complete, format) })
  }
}

const formats = ['cbor', 'json', 'raw'] as const

type Format = (typeof formats)[number]

type Request = { readonly nonce: Uint8Array } | { readonly rawReportData: Uint8Array }

async function readRequest(args: Arguments, io: Io): Promise<Request> {
  const [nonce, file, raw] = [args.value('nonce'), args.value('nonce-file'), args.value('raw-report-data')]
  if ([nonce, file, raw].filter((value) => value !== undefined).length !== 1) {
    throw wrongCommand(
      'attest',
      'expected exactly one of --nonce, --nonce-file and --raw-report-data; the verifier chooses the nonce, ' +
        'for a trial take $(openssl rand -hex 32)'
    )
  }
  if (nonce !== undefined) return { nonce: expectHex(nonce, [16, 1024], '--nonce') }
  if (raw !== undefined) return { rawReportData: expectHex(raw, [64, 64], '--raw-report-data') }
  return { nonce: await readInput(file ?? '-', io) }
}

function encode(evidence: Evidence, format: Format): Uint8Array {
  return format === 'raw' ? evidence.bytes : encodeEvidence(evidence, { format })
}

interface Delivery {
  readonly provider: EvidenceProvider
  readonly evidence: Evidence
  readonly format: Format
  readonly out: string
  readonly bytes: Uint8Array
}

async function deliver({ provider, evidence, format, out, bytes }: Delivery): Promise<Outcome> {
  if (out !== '-') await writeWhole(out, bytes)
  const summary = {
    kind: evidence.kind,
    provider: provider.name,
    simulated: provider.simulated,
    format,
    out,
    bytes: bytes.length,
    endorsements: format === 'raw' ? 0 : evidence.endorsements.length
  }
  return {
    exitCode: exitCode.fine,
    json: out === '-' ? { ...summary, evidence: encodeBase64(bytes) } : summary,
    render: (style) => render(summary, style),
    ...(out === '-' ? { data: bytes } : {})
  }
}

function render(summary: { readonly [name: string]: string | number | boolean }, style: Style): readonly string[] {
  const { kind, provider, simulated, out, format, bytes, endorsements } = summary
  const where = out === '-' ? 'standard output' : String(out)
  return [
    `${markOf(style, simulated === true ? 'warn' : 'passed')} ${kind} evidence by ${provider}${simulated === true ? ', SIMULATED: proves nothing' : ''}`,
    ...labelled(style, 'written to', `${where} (${format}, ${bytes} bytes, ${endorsements} endorsements)`, 4, 10)
  ]
}
