// Runs a proxy until a signal ends it: SIGTERM and SIGINT end it in peace, a second one at once, SIGHUP reads everything again.
import { type AttestedProxy, startProxy } from '../../tls/proxy/index.js'
import type { Io } from '../io.js'
import type { LoadConfig } from './load.js'
import type { ProxyLog } from './log.js'

/** @throws what loading and starting throw */
export async function serveProxy(prepare: Prepare, log: ProxyLog, { onSignal }: Pick<Io, 'onSignal'>): Promise<void> {
  const run: Run = { log, load: undefined, proxy: undefined, isEnding: false }
  const forget: (() => void)[] = []
  try {
    // Before anything else: as process 1 of a container, a program without a handler cannot be ended by a signal at all.
    const ended = new Promise<void>((resolve, reject) => {
      const end = (): void => {
        run.isEnding = true
        run.proxy?.close().then(resolve, reject)
      }
      forget.push(
        onSignal('SIGTERM', end),
        onSignal('SIGINT', end),
        onSignal('SIGHUP', () => void reload(run))
      )
      start(run, prepare).then(() => {
        if (run.isEnding) end()
      }, reject)
    })
    await ended
  } finally {
    for (const stop of forget) stop()
  }
}

type Prepare = () => Promise<LoadConfig>

interface Run {
  readonly log: ProxyLog
  load: LoadConfig | undefined
  proxy: AttestedProxy | undefined
  isEnding: boolean
}

async function start(run: Run, prepare: Prepare): Promise<void> {
  const load = await prepare()
  run.load = load
  run.proxy = await startProxy(await load(), { onEvent: (event) => run.log.event(event) })
}

/** Never throws: what cannot be read, or is wrong, changes nothing but the log. */
async function reload({ load, log, proxy, isEnding }: Run): Promise<void> {
  if (proxy === undefined || load === undefined || isEnding) return
  try {
    await proxy.reload(await load())
  } catch (error) {
    log.failure('reload-failed', error)
    log.note('kept', 'the configuration before it stays in force')
  }
}
