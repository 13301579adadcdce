import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCatalog } from '../../packages/sdk/src/core/index.js'
import { root } from './imports.js'

const files = listFiles()
const text = new Map(
  files
    .filter((name) => statSync(join(root, name)).size < 2_000_000)
    .map((name) => [name, readFileSync(join(root, name), 'utf8')])
)
const sdkSources = files.filter((name) => name.startsWith('packages/sdk/src/') && name.endsWith('.ts'))

describe('the source tree', () => {
  it('keeps every file of the SDK under 300 lines', () => {
    expect(sdkSources.filter((name) => (text.get(name) ?? '').split('\n').length > 300)).toEqual([])
  })

  it('uses each code of the catalogue somewhere', () => {
    const source = sdkSources
      .filter((name) => !name.includes('/core/error-'))
      .map((name) => text.get(name))
      .join('\n')
    const codes = Object.values(errorCatalog).flatMap((entries) => Object.keys(entries))
    expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([])
  })

  it('has no path of a machine and no host of a registry', () => {
    const forbidden =
      /(?:^|[\s'"(=])\/(?:work|root|home\/\w+|farm)\/|registry\.npmjs|deb\.debian\.org|proxy\.golang|crates\.io/
    // Cargo itself writes the name of its index into every lock file.
    const exempt = ['test/house/source.test.ts', 'test/interop/rust/Cargo.lock']
    const hits = [...text].filter(([name, content]) => !exempt.includes(name) && forbidden.test(content))
    expect(hits.map(([name]) => name)).toEqual([])
  })

  it('leaves nothing marked as unfinished', () => {
    const marks = /\b(?:TODO|FIXME|XXX|HACK)\b/
    expect(sdkSources.filter((name) => marks.test(text.get(name) ?? ''))).toEqual([])
  })

  it('does no work at import outside the command line', () => {
    const loose = /^(?:await |console\.|process\.on)/m
    expect(
      sdkSources.filter((name) => name !== 'packages/sdk/src/cli/main.ts' && loose.test(text.get(name) ?? ''))
    ).toEqual([])
  })
})

/** Tracked files, and new ones that are not ignored; everything where there is no git. */
function listFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8'
  })
  return output.split('\n').filter((name) => name !== '' && existsAsFile(name))
}

function existsAsFile(name: string): boolean {
  return statSync(join(root, name), { throwIfNoEntry: false })?.isFile() ?? false
}
