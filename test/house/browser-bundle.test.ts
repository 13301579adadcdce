// What a web page pays for `@tresor/sdk/verify`: everything that it loads to verify evidence, recorded while it does.
import { beforeAll, describe, expect, it } from 'vitest'
import { type Application, bundleForBrowser, type Chunk, entryName } from './bundle.js'
import { loadSnpPage, type SnpPage } from './snp-page.js'

const maxSnpKb = 25
const maxSnpWithFallbackKb = 45

describe('@tresor/sdk/verify in a browser', () => {
  let page: SnpPage
  let all: readonly string[]
  beforeAll(async () => {
    page = await loadSnpPage()
    all = page.chunks.flatMap(({ inputs }) => inputs)
    const sizes = [kbOf(page.ordinary), kbOf(page.insecure), kbOf({ kb: sum(page.chunks) })]
    console.log(`/verify, gzip: SNP ${sizes[0]}, SNP without WebCrypto ${sizes[1]}, everything ${sizes[2]}`)
  })

  it('verifies there', () => {
    expect([page.ordinary.output, page.insecure.output]).toEqual(['snp\n', 'snp\n'])
  })

  it('reaches no module of Node and no door for Node', () => {
    expect(all.filter((path) => /^node:|\/(?:crypto|verify)\/node\//.test(path))).toEqual([])
    expect(all).toContain('packages/sdk/src/crypto/web/door.ts')
  })

  it(`loads less than ${maxSnpKb} kB for SNP`, () => {
    expect(page.ordinary.kb).toBeLessThan(maxSnpKb)
  })

  it(`loads less than ${maxSnpWithFallbackKb} kB for SNP where there is no WebCrypto`, () => {
    expect(page.insecure.kb).toBeLessThan(maxSnpWithFallbackKb)
  })

  it('loads noble only where WebCrypto cannot do it', () => {
    expect(page.ordinary.inputs.filter(isNoble)).toEqual([])
    expect(page.insecure.inputs.filter(isNoble)).not.toEqual([])
  })

  it.each([
    ['other families of evidence', /\/verify\/intel\/(?!platform-rule)|\/evidence\/quote\/(?!format)/],
    ['PEM, lists, tables and JSON of evidence', /\/pem\.ts|parse-crl\.ts|certificate-table\.ts|read-json\.ts/],
    ['what asks a service', /\/verify\/collateral\/|\/kds\.ts/],
    ['more than one root key', /\/roots\/amd-(?!milan)/]
  ])('loads nothing of %s', (_, pattern) => {
    expect(page.ordinary.inputs.filter((path) => pattern.test(path))).toEqual([])
  })

  it('carries no cryptography for secrets', () => {
    const secret = /\/crypto\/.*(?:secret|sealed-box|xchacha)|tweetnacl|@noble\/ciphers/
    expect(all.filter((path) => secret.test(path))).toEqual([])
  })
})

describe('the bundle check itself', () => {
  const application: Application = { folder: import.meta.dirname, always: [] }

  it('fails for code that reaches a module of Node', async () => {
    await expect(bundleForBrowser(`import 'node:fs'`, application)).rejects.toThrow('node:fs')
  })

  it('puts the entry where a page looks for it', async () => {
    expect((await bundleForBrowser('export default 1', application)).map(({ name }) => name)).toEqual([entryName])
  })
})

function sum(chunks: readonly Chunk[]): number {
  return chunks.reduce((total, { kb }) => total + kb, 0)
}

function kbOf({ kb }: { readonly kb: number }): string {
  return `${kb.toFixed(1)} kB`
}

function isNoble(path: string): boolean {
  return path.includes('@noble/')
}
