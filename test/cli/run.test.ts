import { describe, expect, it } from 'vitest'
import { commands } from '../../packages/sdk/src/cli/commands/index.js'
import { exitCodeOf, worstOf } from '../../packages/sdk/src/cli/exit-code.js'
import { EvidenceError, PolicyError, UnavailableError, UsageError } from '../../packages/sdk/src/core/index.js'
import { run } from './run.js'

const names = commands.map(({ name }) => name)

describe('help', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('lists the commands for %j', async (args) => {
    const { code, stdout, stderr } = await run(args)
    expect(code).toBe(0)
    expect(stderr).toBe('')
    for (const name of names) expect(stdout).toContain(`  ${name} `)
  })

  it.each(names)('of %s fits a screen, has examples, and names its exit codes', async (name) => {
    const { code, stdout } = await run(['help', name])
    const lines = stdout.trimEnd().split('\n')
    expect(code).toBe(0)
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(lines.filter((line) => [...line].length > 80)).toEqual([])
    expect(stdout).toContain('Examples:')
    expect(stdout).toContain(`Usage: tresor ${name}`)
  })

  it.each(names)('is what %s --help prints, whatever else is on the line', async (name) => {
    const { code, stdout } = await run([name, '--bogus', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: tresor ${name}`)
  })

  it('takes --help after -- for an operand', async () => {
    const { code, stderr } = await run(['inspect', '--', '--help'])
    expect(code).toBe(2)
    expect(stderr).toContain('--help: does not exist')
  })

  it('is JSON on request', async () => {
    expect((await run(['help', 'verify', '--json'])).json.help).toContain('tresor verify')
  })
})

describe('the version', () => {
  it.each(['--version', '-v'])('is printed by %s', async (option) => {
    const { code, stdout } = await run([option])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('a wrong command line', () => {
  it('names the commands that there are, and none that there will be', async () => {
    const { code, stdout, stderr } = await run(['seal'])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain("unknown command 'seal'")
    expect(stderr).toContain('ERR_USAGE_COMMAND')
    for (const name of names) expect(stderr).toContain(name)
    expect(stderr).toContain('next: see `tresor help`')
  })

  it.each(['constructor', '__proto__', 'toString'])('knows no command %s', async (name) => {
    expect((await run([name])).code).toBe(2)
    expect((await run(['policy', name])).code).toBe(2)
  })

  it('is JSON on standard output with --json', async () => {
    const { code, json, stderr } = await run(['frob', '--json'])
    expect(code).toBe(2)
    expect(stderr).toBe('')
    expect(json.error).toEqual({
      code: 'ERR_USAGE_COMMAND',
      class: 'UsageError',
      message: expect.stringContaining("'frob'"),
      details: {},
      next: 'see `tresor help`'
    })
  })

  it.each([
    [['detect', 'now'], "unexpected argument 'now'"],
    [['detect', '--deep'], "unknown option '--deep'"],
    [['detect', '--json=yes'], '--json takes no value'],
    [['detect', '-x'], "unknown option '-x'"],
    [['doctor', '--toString'], "unknown option '--toString'"],
    [['verify'], 'expected at least one FILE'],
    [['verify', 'a', '--policy'], '--policy needs a value'],
    [['verify', 'a', '--policy='], '--policy needs a value'],
    [['verify', 'a', '--policy', '--offline'], '--policy needs a value'],
    [['verify', 'a', '--policy', 'p', '--policy', 'q'], '--policy is given twice'],
    [['verify', 'a', '--nonce', '00'], '--policy is required'],
    [['inspect', 'a', 'b'], "unexpected argument 'b'"],
    [['policy'], 'expected from, add or check, found nothing'],
    [['policy', 'frob'], "found 'frob'"]
  ])('%j is refused: %s', async (args, message) => {
    const { code, stdout, stderr } = await run(args, { columns: 200 })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })
})

describe('errors', () => {
  it('print no stack', async () => {
    expect((await run(['frob'])).stderr).not.toContain('    at ')
  })

  it('print stack and causes with --debug', async () => {
    const { stderr } = await run(['inspect', '/nowhere/at/all', '--debug'])
    expect(stderr).toContain('    at ')
    expect(stderr).toContain('caused by: Error: ENOENT')
  })

  it('that are ours, not the caller’s, are said to be so and never count as a verdict', async () => {
    const machine = new Proxy({} as never, {
      get: () => {
        throw new RangeError('broken')
      }
    })
    const { code, stderr } = await run(['doctor'], { machine })
    expect(code).toBe(3)
    expect(stderr).toContain('unexpected failure: broken')
    expect(stderr).toContain('--debug')
  })
})

describe('exit codes', () => {
  it.each([
    [new EvidenceError('ERR_EVIDENCE_FORMAT', 'x'), 1],
    [new PolicyError('ERR_POLICY_DEBUG', 'x'), 1],
    [new UsageError('ERR_USAGE_FILE', 'x'), 2],
    [new UnavailableError('ERR_DEVICE_BUSY', 'x'), 3],
    [new TypeError('x'), 3],
    ['x', 3]
  ])('%s is %d', (error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })

  it('of several results is that of the worst: rejected, then undecided, then unreadable', () => {
    expect(worstOf([])).toBe(0)
    expect(worstOf([0, 2])).toBe(2)
    expect(worstOf([0, 2, 3])).toBe(3)
    expect(worstOf([3, 1, 2])).toBe(1)
  })
})

describe('colour', () => {
  const hasColour = async (options: Parameters<typeof run>[1]): Promise<boolean> =>
    (await run(['frob'], options)).stderr.includes('\x1b[')

  it('is used on a terminal only, and not with NO_COLOR or on a dumb one', async () => {
    expect(await hasColour({ isTerminal: true })).toBe(true)
    expect(await hasColour({ isTerminal: true, env: { NO_COLOR: '' } })).toBe(true)
    expect(await hasColour({ isTerminal: false })).toBe(false)
    expect(await hasColour({ isTerminal: true, env: { NO_COLOR: '1' } })).toBe(false)
    expect(await hasColour({ isTerminal: true, env: { TERM: 'dumb' } })).toBe(false)
  })

  it('is never in JSON', async () => {
    expect((await run(['frob', '--json'], { isTerminal: true })).stdout).not.toContain('\x1b')
  })
})

describe('hostile names', () => {
  it('cannot control the terminal', async () => {
    const name = 'a\x1b[2Jb\u202ec\nd'
    const { stderr } = await run(['inspect', name], { isTerminal: true })
    expect(stderr).toContain('a\\u{1b}[2Jb\\u{202e}c\\u{a}d')
  })
})
