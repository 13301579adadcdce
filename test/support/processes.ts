// The same program in several processes, which begin their work at the same moment.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Starts `program` once for each list of arguments, lets all begin when all are ready, and gives what each reports. */
export async function runTogether(
  program: string,
  argumentLists: readonly (readonly string[])[]
): Promise<readonly unknown[]> {
  const started = await startTogether(program, argumentLists)
  return Promise.all(started.map(({ result }) => result))
}

export interface Started {
  readonly child: ChildProcess
  /** What it reports; refused where it ends without a report. */
  readonly result: Promise<unknown>
}

export async function startTogether(
  program: string,
  argumentLists: readonly (readonly string[])[]
): Promise<readonly Started[]> {
  const children = argumentLists.map((list) => start(program, list))
  await Promise.all(children.map(({ next }) => next()))
  return children.map(({ child, next }) => {
    const result = next()
    child.send('go')
    return { child, result }
  })
}

function start(program: string, list: readonly string[]): { child: ChildProcess; next: () => Promise<unknown> } {
  const child = fork(program, list, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const errors = text(child.stderr as Readable) // piped
  return { child, next: () => nextMessage(child, errors) }
}

function nextMessage(child: ChildProcess, errors: Promise<string>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = async (code: number | null, signal: string | null): Promise<void> =>
      reject(new Error(`the process ended with ${code ?? signal} before it reported: ${await errors}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

/** In such a program: waits for the others, works, reports, and ends. */
export async function workTogether(work: () => Promise<unknown>): Promise<void> {
  const begin = once(process, 'message')
  process.send?.('ready')
  await begin
  process.send?.(await work())
  process.disconnect()
}
