// Runs commands of tresor, shows them with their output, and keeps account of how they ended.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sdk = dirname(fileURLToPath(import.meta.resolve('@tresor/sdk/package.json')))
const bin = join(sdk, 'bin/tresor.js')
const hasColour = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
const bold = (text) => (hasColour ? `\x1b[1m${text}\x1b[0m` : text)

/** A stage on which commands run in `directory`. */
export function createStage(directory) {
  let passed = 0
  const failures = []
  return {
    title: (name, text) => console.log(`\n${bold(name)}\n${text}`),
    say: (text) => console.log(`\n${text}`),
    quiet: (args) => tresor(args, directory).stdout,
    /** Shows the command and the first `lines` of what it says; it must end with `expected`, and name `code` where there is one. */
    run: (args, { shown = args.join(' '), expected = 0, code = '', lines = Infinity } = {}) => {
      const result = tresor(args, directory)
      console.log(`\n${bold(`$ tresor ${shown}`)}`)
      show(result.stdout, lines)
      const isRight = result.status === expected && (result.stdout + result.stderr).includes(code)
      if (isRight) passed++
      else
        failures.push(
          `tresor ${shown}: expected exit code ${expected} ${code}, found ${result.status}\n${result.stderr}`
        )
      return result
    },
    /** Sums up; returns the exit code. */
    close: () => {
      for (const failure of failures) console.error(`\n✗ ${failure}`)
      console.log(`\n${passed} of ${passed + failures.length} commands ended as they should.`)
      return failures.length === 0 && passed > 0 ? 0 : 1
    }
  }
}

function tresor(args, directory) {
  const env = { ...process.env, XDG_CACHE_HOME: directory, NO_COLOR: hasColour ? '' : '1' }
  return spawnSync(process.execPath, [bin, ...args], { cwd: directory, env, encoding: 'utf8', maxBuffer: 16 << 20 })
}

function show(text, limit) {
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
  for (const line of lines.slice(0, limit)) console.log(line)
  if (limit > 0 && lines.length > limit) console.log(`  … ${lines.length - limit} more lines`)
}
