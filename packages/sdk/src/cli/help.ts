// The first page of help.
import type { Command } from './command.js'
import { padEnd } from './width.js'

export function renderHelp(commands: readonly Command[]): string {
  return `tresor: attestation evidence, obtained and verified

Usage: tresor COMMAND [ARGUMENT…] [--json]

${commands.map(({ name, summary }) => `  ${padEnd(name, 10)} ${summary}`).join('\n')}

  help COMMAND  shows its options, with examples
  --version     shows the version
  --json        prints the result as one JSON document
  --debug       adds the stack of an error

Exit codes: 0 fine · 1 evidence or policy rejected · 2 wrong usage ·
            3 unavailable: no device, network or collateral to decide with
`
}
