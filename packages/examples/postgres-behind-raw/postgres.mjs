// A cluster of PostgreSQL for the time of the example, in a folder of its own. PostgreSQL refuses to run as root, so root lends it the
// account that Debian's package has made.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function startPostgres() {
  const base = '/usr/lib/postgresql'
  const version = existsSync(base) ? readdirSync(base).sort((a, b) => b - a)[0] : undefined
  if (version === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const programs = join(base, version, 'bin')
  const folder = mkdtempSync(join(tmpdir(), 'tresor-example-'))
  const data = join(folder, 'data')
  const options = { cwd: folder, stdio: 'ignore', env: { ...process.env, LC_ALL: 'C' }, ...lendAccount(folder) }
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'shop', '-A', 'trust', '--no-sync'], options)
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`].flatMap((one) => ['-c', one])
  const child = spawn(join(programs, 'postgres'), ['-D', data, ...settings], {
    ...options,
    stdio: [null, null, 'pipe']
  })
  const ended = once(child, 'exit')
  await isReady(child.stderr.setEncoding('utf8'))
  const stop = async () => {
    child.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true })
  }
  return { path: join(folder, '.s.PGSQL.5432'), stop }
}

/** It listens before it serves. */
async function isReady(log) {
  let text = ''
  for await (const chunk of log.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes('ready to accept connections')) return log.resume()
  }
  throw new Error(`PostgreSQL has not started: ${text}`)
}

function lendAccount(folder) {
  if (process.getuid() !== 0) return {}
  const idOf = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const account = { uid: idOf('-u'), gid: idOf('-g') }
  chownSync(folder, account.uid, account.gid)
  return account
}
