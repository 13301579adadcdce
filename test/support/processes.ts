// The same program in several processes, which begin their work at the same moment.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** Starts `program` once for each list of arguments, lets all begin when all are ready, and gives what each reports. */
export async function runTogether(
  program: string,
  argumentLists: readonly (readonly string[])[]
): Promise<readonly unknown[]> {
  const children = await startTogether(program, argumentLists)
  return Promise.all(children.map(({ result }) => result))
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
  const children = argumentLists.map((list) => fork(program, list, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  await Promise.all(children.map((child) => nextMessage(child)))
  return children.map((child) => {
    const result = nextMessage(child)
    child.send('go')
    return { child, result }
  })
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`the process ended with ${code ?? signal} before it reported`))
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
