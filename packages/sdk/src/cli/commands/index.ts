// The commands, in the order of the help.
import type { Command } from '../command.js'
import { attestCommand } from './attest.js'
import { collateralCommand } from './collateral.js'
import { detectCommand } from './detect.js'
import { doctorCommand } from './doctor.js'
import { inspectCommand } from './inspect.js'
import { policyCommand } from './policy.js'
import { proxyCommand } from './proxy.js'
import { verifyCommand } from './verify.js'

export const commands: readonly Command[] = [
  detectCommand,
  attestCommand,
  verifyCommand,
  inspectCommand,
  policyCommand,
  collateralCommand,
  proxyCommand,
  doctorCommand
]
