import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addonFile, describeWithAddon, root, runForResult } from './addon.js'

const names = [
  'aead',
  'memory',
  'nsmRequest',
  'snpDerivedKey',
  'snpExtendedReport',
  'snpReport',
  'tdxReport',
  'vsockRequest'
]
const folder = join(root, 'packages/native')

describeWithAddon('the built addon', (load) => {
  it('has the calls that its declarations describe', async () => {
    expect(Object.keys(await load()).sort()).toEqual(names)
  })

  const others = ['22', '24'].map((major) => ({ major, node: join(root, `.cache/node${major}`, binary()) }))
  for (const { major, node } of others) {
    const missing = existsSync(node) ? '' : ' (skipped: run: node tools/node-versions.mjs)'
    it.skipIf(missing !== '')(`loads in Node ${major} as it is${missing}`, () => {
      const script = `import * as addon from '@tresor/native'; console.log(JSON.stringify([process.version, addon.memory.info(addon.memory.allocate(8)).size]))`
      expect(runForResult(script, { node })).toEqual([expect.stringMatching(`^v${major}\\.`), 8])
    })
  }

  it('asks for no C library that is newer than what Node 20 itself asks for', () => {
    expect(newestVersion('GLIBC_2')).toBeLessThanOrEqual(28)
    expect(newestVersion('GLIBCXX_3.4')).toBeLessThanOrEqual(25)
  })

  it('does nothing when it is built again without a change', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(folder, 'build.mjs')], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })
})

describe('the loader', () => {
  let copy = ''
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'tresor-loader-'))
    copyFileSync(join(folder, 'index.js'), join(copy, 'index.mjs'))
  })
  afterEach(() => rmSync(copy, { recursive: true }))

  it('says which file is missing, and does not build it', () => {
    expect(importCopy(copy)).toMatchObject({
      code: 'ERR_ADDON_MISSING',
      platform: process.platform,
      arch: process.arch,
      libc: expect.stringMatching(/^(?:glibc|musl)$/),
      file: expect.stringContaining(`${process.platform}-${process.arch}`),
      cause: 'MODULE_NOT_FOUND'
    })
  })

  it('says the same about a file that does not load', () => {
    const prebuild = join(copy, 'prebuilds', `${process.platform}-${process.arch}`)
    mkdirSync(prebuild, { recursive: true })
    writeFileSync(join(prebuild, 'tresor.glibc.node'), 'no addon')
    expect(importCopy(copy)).toMatchObject({ code: 'ERR_ADDON_MISSING', cause: 'ERR_DLOPEN_FAILED' })
  })
})

describe('the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

  it('runs nothing when it is installed', () => {
    expect(manifest).not.toHaveProperty('scripts')
    expect(manifest).not.toHaveProperty('gypfile')
    expect(existsSync(join(folder, 'binding.gyp'))).toBe(false)
  })

  it('ships the loader, its declarations and what was built, and no sources', () => {
    expect(manifest).toHaveProperty('files', ['index.js', 'index.d.ts', 'prebuilds'])
  })

  it('depends on nothing', () => {
    expect(manifest).not.toHaveProperty('dependencies')
  })
})

describe('the build command', () => {
  it('says that it cannot build, and succeeds only when that is optional', () => {
    const attempt = (args: readonly string[]): unknown => {
      const env = { ...process.env, CXX: '/nonexistent/c++' }
      const { status, stderr } = spawnSync(process.execPath, [join(folder, 'build.mjs'), ...args], {
        encoding: 'utf8',
        env
      })
      return { status, stderr }
    }
    const stderr = expect.stringMatching(/^addon not built: .*\n$/)
    expect(attempt([])).toEqual({ status: 1, stderr })
    expect(attempt(['--optional'])).toEqual({ status: 0, stderr })
  })
})

function binary(): string {
  return `node_modules/node-${process.platform}-${process.arch}/bin/node`
}

/** The newest minor version of a symbol set that the file asks for. */
function newestVersion(set: string): number {
  const pattern = new RegExp(`${set.replace('.', '\\.')}\\.(\\d+)`, 'g')
  const text = readFileSync(addonFile, 'latin1')
  return Math.max(...[...text.matchAll(pattern)].map(([, minor]) => Number(minor)))
}

function importCopy(copy: string): unknown {
  const file = JSON.stringify(join(copy, 'index.mjs'))
  return runForResult(
    `await import(${file}).catch((error) => console.log(JSON.stringify({ ...error, cause: error.cause.code })))`
  )
}
