// Starts the worker, watches it, and counts: a target is passed when nothing went wrong in it. Started by tools/fuzz.mjs.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { printFailure, printResult } from './report.js'
import { Watch } from './watch.js'
import { type Job, type Message, work } from './worker.js'

const hangMs = 20_000
const memoryMb = 768

if (isMainThread) await supervise(jobFromArguments())
else await work(workerData as Job) // given by the main thread below

function jobFromArguments(): Omit<Job, 'memory'> {
  const options = {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    target: { type: 'string' },
    input: { type: 'string' }
  } as const
  const { values } = parseArgs({ options })
  return {
    seconds: Number(values.seconds ?? 60),
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    ...(values.target === undefined ? {} : { target: values.target }),
    ...(values.input === undefined ? {} : { input: new Uint8Array(readFileSync(values.input)) })
  }
}

async function supervise(job: Omit<Job, 'memory'>): Promise<void> {
  console.log(`fuzz: seed ${job.seed}, ${job.seconds} s`)
  const counts = { passed: 0, failed: 0 }
  const watch = new Watch()
  let current = job.target ?? 'corpus'
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { ...job, memory: watch.memory } satisfies Job,
    argv: process.argv.slice(2),
    resourceLimits: { maxOldGenerationSizeMb: memoryMb }
  })
  worker.on('message', (message: Message) => {
    if (message.kind === 'targets') requireTarget(job.target, message.names)
    else if (message.kind === 'begin') current = message.name
    else {
      printResult(message.name, message.result)
      counts[message.result.failures.length === 0 ? 'passed' : 'failed']++
    }
  })
  const reason = await endOf(worker, watch)
  if (reason !== undefined) {
    counts.failed++
    printFailure(current, { reason, input: watch.input })
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1)
}

/** Why the worker did not come to its end; `undefined` when it did. */
function endOf(worker: Worker, watch: Watch): Promise<string | undefined> {
  return new Promise((resolve) => {
    let seen = -1
    const timer = setInterval(() => {
      if (watch.count === seen) resolve(`no progress for ${hangMs / 1000} s`)
      seen = watch.count
    }, hangMs)
    worker.on('error', (error) => resolve(`the worker died: ${error.stack ?? error.message}`))
    worker.on('exit', (code) => resolve(code === 0 ? undefined : `the worker ended with ${code}`))
    worker.on('exit', () => clearInterval(timer))
  })
}

function requireTarget(name: string | undefined, names: readonly string[]): void {
  if (name === undefined || names.includes(name)) return
  console.error(`fuzz: unknown target ${name}, expected one of ${names.join(', ')}`)
  process.exit(2)
}
