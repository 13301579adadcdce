// Runs every code block of README.md and docs/: what we show works. `js` blocks are modules, `sh` blocks are scripts, `json` must parse.
// Each block runs in a folder of its own that holds evidence, nonce and policy of the simulator.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './imports.js'

const run = promisify(execFile)
const scratch = join(root, '.cache', `docs-${process.pid}`)
const built = existsSync(join(root, 'packages/sdk/dist/cli/main.js'))

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md')
)
const blocks = pages.flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8')))
const runnable = blocks.filter(({ language }) => ['js', 'sh', 'json'].includes(language))

interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly code: string
}

describe.skipIf(!built)(`code blocks${built ? '' : ' [skipped: not built, run npm run build]'}`, () => {
  beforeAll(prepareFixture)
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it.each(runnable)('$page:$line runs ($language)', async (block) => {
    const folder = join(scratch, `${block.page.replace(/\W/g, '-')}-${block.line}`)
    cpSync(join(scratch, 'fixture'), folder, { recursive: true })
    if (block.language === 'json') return void JSON.parse(block.code)
    await (block.language === 'js' ? runModule(folder, block.code) : runScript(folder, block.code))
  })
})

describe('documents', () => {
  it('use languages that are run, or that are plain text', () => {
    const known = ['js', 'sh', 'json', 'text', 'console', '']
    expect(
      blocks.filter(({ language }) => !known.includes(language)).map(({ page, line }) => `${page}:${line}`)
    ).toEqual([])
  })

  it('link to files that exist', () => {
    expect(pages.flatMap(brokenLinksOf)).toEqual([])
  })

  it('have a page for each room', () => {
    const rooms = readdirSync(join(root, 'packages/sdk/src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory()
    )
    expect(rooms.map(({ name }) => name).filter((name) => !existsSync(join(root, 'docs', `${name}.md`)))).toEqual([])
  })
})

function blocksOf(page: string, text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    code: match[2] ?? ''
  }))
}

async function prepareFixture(): Promise<void> {
  rmSync(scratch, { recursive: true, force: true })
  const fixture = join(scratch, 'fixture')
  mkdirSync(fixture, { recursive: true })
  const code = readFileSync(join(root, 'test/house/docs-fixture.mjs'), 'utf8')
  await runModule(fixture, code)
}

function environment(): NodeJS.ProcessEnv {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  return { ...process.env, PATH: path, TRESOR_SIMULATOR: '1', NO_COLOR: '1', NODE_OPTIONS: '' }
}

async function runModule(folder: string, code: string): Promise<void> {
  writeFileSync(join(folder, 'block.mjs'), code)
  await run(process.execPath, ['block.mjs'], { cwd: folder, env: environment(), timeout: 25_000 })
}

/** README's two commands install and test the whole: CI runs them by themselves. */
async function runScript(folder: string, code: string): Promise<void> {
  const script = code.replace(/^(?:npm (?:start|test|install|run|i)|node tools\/)\b.*$/gm, 'true')
  await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: environment(), timeout: 25_000 })
}

function brokenLinksOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const folder = page.startsWith('docs/') ? 'docs' : '.'
  const targets = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map((match) => match[1] as string)
  return targets.filter((target) => !existsSync(join(root, folder, target))).map((target) => `${page}: ${target}`)
}
