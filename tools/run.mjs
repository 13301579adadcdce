// Runs the programs that the other tools need, and reads the plain closing line that each of ours prints.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const cache = join(root, '.cache')
const pnpmVersion = '12.21.0'

/** Runs `command` with the terminal as it is. Ends this process with its exit code when that is not zero. */
export function must(command, args, options = {}) {
  const code = run(command, args, options)
  if (code !== 0) process.exit(code)
}

export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`${command}: ${error.message}`)
  return status ?? 1
}

/** Runs `command`, shows its output and keeps the end of it. */
export function runAndRead(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let tail = ''
    const show = (stream) => (chunk) => {
      stream.write(chunk)
      tail = (tail + chunk).slice(-65536)
    }
    child.stdout.on('data', show(process.stdout))
    child.stderr.on('data', show(process.stderr))
    child.on('error', (error) => resolve({ code: 1, tail: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, tail }))
  })
}

/** The last `N passed, N failed[, N skipped]` line of an output, or undefined. */
export function closingLine(text) {
  const lines = [...text.matchAll(/^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)]
  const last = lines.at(-1)
  return last && { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) }
}

export function formatCounts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
}

/** Arguments for `npx` that run the pinned pnpm. */
export function pnpm(...args) {
  return ['--yes', `pnpm@${pnpmVersion}`, ...args]
}

/** A program of a development dependency. */
export function bin(name) {
  return join(root, 'node_modules', '.bin', name)
}

/** Does `work` unless the `results` exist and `key` is what it was when the stamp `name` was last written. */
export function onceFor(name, key, results, work) {
  const stamp = join(cache, name)
  if (results.every(existsSync) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  work()
  mkdirSync(cache, { recursive: true })
  writeFileSync(stamp, key)
}
