// Installs what the workspace needs, once for each state of the lock file.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, must, onceFor, pnpm, root } from './run.mjs'

export function setup() {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'))
  const key = createHash('sha256').update(lock).digest('hex')
  onceFor('installed', key, [bin('tsup'), bin('vitest')], () => must('npx', pnpm('install', '--frozen-lockfile')))
}

if (process.argv[1] === import.meta.filename) setup()
