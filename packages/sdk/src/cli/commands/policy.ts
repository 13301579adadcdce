// tresor policy: write a first policy, extend it, explain it.
import { UsageError } from '../../core/index.js'
import type { Command } from '../command.js'
import { addToPolicy } from '../policy/add.js'
import { checkPolicyFile } from '../policy/check.js'
import { writePolicyFrom } from '../policy/from.js'

const help = `tresor policy: what is accepted, as a file

Usage: tresor policy from EVIDENCE [OPTION…] > p.json
       tresor policy add P EVIDENCE [--name TEXT] [--rule N] [OPTION…]
       tresor policy check P

  from   writes a policy that pins what the evidence shows: the image, the
         product, the firmware as the least. Read it before it guards anything
  add    accepts the image of this evidence too; P is replaced in one step
  check  validates P and says in words what it accepts

The evidence is authenticated first. Options of from and add:
  --collateral PATH, --offline, --cache DIR, --service NAME=URL, --at TIME,
  --kind K        as for \`tresor verify\`
  --name TEXT     what the image is, for people (add)
  --rule N        which rule to extend, counted from 1 (add)

Exit code: 0 done · 1 not genuine · 2 not a policy · 3 cannot be decided

Examples:
  tresor policy from evidence.cmw > shop.json
  tresor policy add shop.json new.cmw --name "shop-api 1.8.2"
`

const parts = { from: writePolicyFrom, add: addToPolicy, check: checkPolicyFile }

export const policyCommand: Command = {
  name: 'policy',
  summary: 'write a first policy, extend it, explain it',
  help,
  run: async ([part = '', ...args], io) => {
    const run = Object.hasOwn(parts, part) ? parts[part as keyof typeof parts] : undefined // checked just before
    if (run !== undefined) return run(args, io)
    const found = part === '' ? 'nothing' : `'${part}'`
    throw new UsageError('ERR_USAGE_COMMAND', `tresor policy: expected from, add or check, found ${found}`, {
      details: { remedy: 'see `tresor help policy`' }
    })
  }
}
