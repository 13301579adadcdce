// Evidence that a policy is made from: it must be genuine, or a policy would pin a fiction.
import type { Evidence } from '../../evidence/index.js'
import { type Appraisal, authenticate, type Collateral } from '../../verify/index.js'
import type { Arguments, OptionKinds } from '../arguments.js'
import { collateralOptions, openCollateral } from '../collateral-options.js'
import { expectKind, readEvidence } from '../evidence-file.js'
import type { Io } from '../io.js'
import { expectTime } from '../values.js'

export const evidenceOptions: OptionKinds = { at: 'value', kind: 'value', ...collateralOptions }

export interface Authenticated {
  readonly evidence: Evidence
  readonly appraisal: Appraisal
  readonly collateral: Collateral
  readonly now: Date
}

/** @throws what `authenticate` throws; the simulator's evidence passes, and is marked as such */
export async function authenticateFile(path: string, command: string, args: Arguments, io: Io): Promise<Authenticated> {
  const at = args.value('at')
  const now = at === undefined ? io.clock() : expectTime(at, '--at')
  const evidence = await readEvidence(path, expectKind(args.value('kind')), io)
  const collateral = await openCollateral(args, command, io)
  const appraisal = await authenticate(evidence, { collateral, now, allowSimulator: true })
  return { evidence, appraisal, collateral, now }
}
