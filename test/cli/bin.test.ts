import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFixture, type Fixture, nonceHex } from './evidence.js'
import { simulatorDirectory, temporaryDirectory } from './run.js'

const sdk = join(import.meta.dirname, '../../packages/sdk')
const directory = temporaryDirectory()
const bin = join(directory, 'bin/tresor.js')
let fixture: Fixture

beforeAll(async () => {
  fixture = await createFixture(directory)
  await build({
    entryPoints: [join(sdk, 'src/cli/main.ts')],
    outfile: join(directory, 'dist/cli/main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@tresor/source', 'node'],
    external: ['@tresor/native'],
    logLevel: 'error'
  })
  mkdirSync(join(directory, 'bin'))
  copyFileSync(join(sdk, 'bin/tresor.js'), bin)
  copyFileSync(join(sdk, 'package.json'), join(directory, 'package.json'))
})

const env = { ...process.env, XDG_CACHE_HOME: directory, NO_COLOR: '1' }
const question = (): readonly string[] => ['--policy', fixture.policyPath, '--nonce', nonceHex]

function tresor(args: readonly string[], input: Uint8Array | string = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { input, env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('the program', () => {
  it('ends with the exit code of the verdict', () => {
    expect(tresor(['verify', fixture.cmwPath, ...question()]).status).toBe(0)
    expect(tresor(['verify', fixture.cmwPath, '--policy', fixture.wrongPolicyPath, '--nonce', nonceHex]).status).toBe(1)
    expect(tresor(['verify', fixture.cmwPath]).status).toBe(2)
    expect(tresor(['verify', fixture.reportPath, ...question(), '--offline']).status).toBe(3)
  })

  it('reads standard input, and refuses too much of it', () => {
    expect(tresor(['verify', '-', ...question()], fixture.cmw).status).toBe(0)
    const { status, stderr } = tresor(['inspect', '-'], new Uint8Array(5 << 20))
    expect(status).toBe(2)
    expect(stderr).toContain('standard input: is larger than')
  })

  it('refuses a file of 1 GB within a second or two', () => {
    const path = join(directory, 'huge')
    writeFileSync(path, '')
    truncateSync(path, 1 << 30)
    const start = Date.now()
    expect(tresor(['inspect', path]).status).toBe(2)
    expect(Date.now() - start).toBeLessThan(5000)
  })

  it.each(['detect', 'inspect -', 'help verify', 'frob'])(
    'survives a reader that goes away: tresor %s',
    async (args) => {
      const command = `exec 3>&1; { "${process.execPath}" "${bin}" ${args} < "${fixture.cmwPath}" 2>&1; echo "code $?" >&3; } | true`
      const { stdout } = await promisify(execFile)('sh', ['-c', command], { env })
      expect(stdout).toMatch(/^code [0-3]\n$/)
    }
  )

  it('keeps its verdict when the reader goes away', async () => {
    const command = `exec 3>&1; { "${process.execPath}" "${bin}" verify "${fixture.cmwPath}" --policy "${fixture.wrongPolicyPath}" --nonce ${nonceHex}; echo "code $?" >&3; } | true`
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env })
    expect(stdout).toBe('code 1\n')
  })
})

describe('a proxy as a process without a terminal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 by %s', async (signal) => {
    const args = ['proxy', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', '--simulator', simulatorDirectory]
    const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(child, 'exit')
    for await (const chunk of child.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      if (String(chunk).includes('listening on')) break
    }
    child.stderr.resume()
    child.kill(signal)
    expect(await ended).toEqual([0, null])
  })
})

const built = join(sdk, 'dist/cli/main.js')

describe.skipIf(!existsSync(built))('the built package (where there is none: npm run build)', () => {
  it('runs as bin', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(sdk, 'bin/tresor.js'), '--version'], {
      encoding: 'utf8'
    })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
