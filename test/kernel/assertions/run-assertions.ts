// Runs the assertions of one world and reports each. The world is a file: nothing else reaches a virtual machine.
import { readFileSync, writeSync } from 'node:fs'
import { formatEnd, formatOutcome, type Outcome } from './outcomes.js'
import type { Assertion, World } from './world.js'

/** Reads the world from the file that the first argument names. Ends with code 1 where an assertion did not hold. */
export async function runAssertions(groups: Readonly<Record<string, readonly Assertion[]>>): Promise<void> {
  const world = readWorld(process.argv[2])
  if (world.uid !== undefined) becomeUser(world.uid)
  const assertions = groups[world.name] ?? []
  for (const assertion of assertions) {
    const outcome = await judge(assertion, world)
    if (outcome.failure !== undefined) process.exitCode = 1
    say(formatOutcome(outcome))
  }
  say(formatEnd(world.name, assertions.length))
}

function readWorld(path: string | undefined): World {
  if (path === undefined) throw new Error('expected the file of a world')
  return JSON.parse(readFileSync(path, 'utf8')) as World // written by the test that started this
}

/** For good. */
function becomeUser(uid: number): void {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}

async function judge({ name, run }: Assertion, world: World): Promise<Outcome> {
  try {
    await run(world)
    return { world: world.name, assertion: name }
  } catch (error) {
    return { world: world.name, assertion: name, failure: describe(error) }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const at = error.stack?.split('\n').find((line) => line.includes('.mjs:'))
  return `${error.message}${at === undefined ? '' : ` (${at.trim()})`}`
}

/** At once, so that a crash right after it loses nothing. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
