// What is proved once and remembered: everything that depends on bytes alone, and on no time and no caller. The checks are recorded
// each time, those of a refusal too; a refusal itself is not remembered.
import { TresorError } from '../../core/index.js'
import type { Check } from '../appraisal.js'
import { Checklist } from '../checklist.js'
import type { Memory } from '../memory.js'

interface Proof<T> {
  readonly value: T
  readonly checks: readonly Check[]
}

/** Carries the checks that were made before a proof failed. */
class Refused extends Error {
  readonly checklist: Checklist
  readonly failure: TresorError

  constructor(checklist: Checklist, failure: TresorError) {
    super(failure.message)
    this.checklist = checklist
    this.failure = failure
  }
}

/**
 * The value that `prove` gave for the same `key` before, or gives now. `key` must name everything that the proof depends on.
 * @throws what `prove` throws
 */
export async function proveOnce<T>(
  [scope, key]: readonly [scope: string, key: string],
  checklist: Checklist,
  memory: Memory,
  prove: (checklist: Checklist) => Promise<T>
): Promise<T> {
  try {
    const { value, checks } = await memory.memo(scope, key, () => attempt(prove))
    checklist.passAll(checks)
    return value
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    checklist.adopt(error.checklist)
    throw error.failure
  }
}

async function attempt<T>(prove: (checklist: Checklist) => Promise<T>): Promise<Proof<T>> {
  const checklist = new Checklist()
  try {
    return { value: await prove(checklist), checks: checklist.checks }
  } catch (failure) {
    throw TresorError.is(failure) ? new Refused(checklist, failure) : failure
  }
}
