import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright'
import { describe, expect, it, vi } from 'vitest'
import { chromiumArguments, chromiumMissing, findChromium } from '../support/chromium.js'
import { hasVectors, vectorsDir } from '../support/vectors.js'

const folder = join(import.meta.dirname, '../../packages/examples')
const isBuilt = existsSync(join(import.meta.dirname, '../../packages/sdk/dist/cli/main.js'))
const suite = isBuilt ? describe : describe.skip
const reason = isBuilt ? '' : ' (not built: npm run build)'
const executablePath = findChromium()

/** The SIMULATOR line on standard error is expected; a seconds-long start is the making of keys, the first time. */
function runExample(name: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(folder, name, 'index.mjs')
  return spawnSync(process.execPath, [path], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 60_000 })
}

suite(`the examples on the built package${reason}`, () => {
  it('attest-and-verify accepts what is wanted, and refuses the rest', () => {
    const { status, stdout } = runExample('attest-and-verify')
    expect(status).toBe(0)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^accepted: snp Milan, measurement [0-9a-f]{96}$/),
      'refused for another nonce: ERR_POLICY_REPORT_DATA',
      'refused for another image: ERR_POLICY_MEASUREMENT',
      ''
    ])
  }, 90_000)

  it('policy-gate answers the wanted image, and nobody else', () => {
    const { status, stdout } = runExample('policy-gate')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^the wanted image: 200 [0-9a-f]{96}\nno evidence: 403 ERR_/)
    expect(stdout).toContain('another image: 403 ERR_POLICY_MEASUREMENT (failed: measurement is accepted)')
    expect(stdout).toContain('a replay: 403 ERR_POLICY_REPORT_DATA')
  }, 90_000)

  it.skipIf(executablePath === undefined)(
    `verify-in-browser verifies in a real page${executablePath === undefined ? ` (${chromiumMissing})` : ''}`,
    async () => {
      await withServer('verify-in-browser', async (url) => {
        const browser = await chromium.launch({ executablePath: executablePath ?? '', args: chromiumArguments })
        try {
          const page = await browser.newPage()
          await page.goto(url)
          await page.waitForSelector('body[data-verdict]')
          expect(await page.getAttribute('body', 'data-verdict')).toBe('accepted')
          expect(await page.textContent('#checks')).toContain('✓ report is signed by this key')
        } finally {
          await browser.close()
        }
      })
    },
    90_000
  )

  it('verify-in-browser serves the files that it means to, and no others', async () => {
    await withServer('verify-in-browser', async (url) => {
      const status = async (path: string) => (await fetch(new URL(path, url))).status
      expect(await status('/')).toBe(200)
      expect(await status('/sdk/verify/index.js')).toBe(200)
      expect(await status('/sdk/%2e%2e/package.json')).toBe(404)
      expect(await status('/index.mjs')).toBe(404)
      expect(await status('/modules/@noble/curves/nist.js')).toBe(200)
      expect(await status('/modules/playwright/index.js')).toBe(404)
    })
  }, 90_000)

  it('demo shows the whole job, and ends with 0', () => {
    const { status, stdout, stderr } = runExample('demo', { NO_COLOR: '1' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    for (const code of ['ERR_POLICY_MEASUREMENT', 'ERR_POLICY_REPORT_DATA', 'ERR_EVIDENCE_SIGNATURE']) {
      expect(stdout).toContain(code)
    }
    expect(stdout).toMatch(/(\d+) of \1 commands ended as they should\.\n$/)
  }, 90_000)

  it.skipIf(!hasVectors)(
    'demo judges a report of a real machine (where there are none: set TRESOR_VECTORS)',
    () => {
      const { stdout } = runExample('demo', { TRESOR_VECTORS: vectorsDir() })
      expect(stdout).toContain('✓ report.bin  snp  accepted')
      expect(stdout).toContain('ERR_POLICY_TCB')
    },
    90_000
  )

  it('demo says what it leaves out where there are no captures', () => {
    const { status, stdout } = runExample('demo', { TRESOR_VECTORS: '/nowhere' })
    expect(status).toBe(0)
    expect(stdout).toContain('No real report here: set TRESOR_VECTORS')
  }, 90_000)

  it('demo fails where a command ends as it should not', async () => {
    vi.spyOn(console, 'log').mockReturnValue()
    vi.spyOn(console, 'error').mockReturnValue()
    const { createStage } = await import(join(folder, 'demo/stage.mjs'))
    const quietly = (...runs: readonly [args: readonly string[], options?: object][]): number => {
      const stage = createStage(folder)
      for (const [args, options] of runs) stage.run(args, { lines: 0, ...options })
      return stage.close()
    }
    expect(quietly([['--version']])).toBe(0)
    expect(quietly([['--version']], [['frob']])).toBe(1)
    expect(quietly([['frob'], { expected: 2, code: 'ERR_USAGE_COMMAND' }])).toBe(0)
    expect(quietly([['frob'], { expected: 2, code: 'ERR_POLICY_TCB' }])).toBe(1)
    expect(quietly()).toBe(1)
    vi.restoreAllMocks()
  })
})

describe('each example', () => {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => name)

  it.each(names)('%s has a README that says how to run it', (name) => {
    const text = readFileSync(join(folder, name, 'README.md'), 'utf8')
    expect(text).toContain(`node packages/examples/${name}/index.mjs`)
    expect(text.split('\n').length).toBeLessThan(20)
  })
})

/** Starts an example that serves, until `use` has ended. */
async function withServer(name: string, use: (url: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [join(folder, name, 'index.mjs')], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /http:\S+/.exec(line)?.[0]
      if (url !== undefined) return await use(url)
    }
    throw new Error(`${name} ended before it listened`)
  } finally {
    child.kill()
  }
}
