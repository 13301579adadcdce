// What a web page pays for `@tresor/sdk/verify`: an upper bound that the build is held to.
import { beforeAll, describe, expect, it } from 'vitest'
import { type BrowserBundle, type BundlePart, bundleForBrowser } from './bundle.js'

const maxSnpKb = 25
const maxSnpWithFallbackKb = 45

/** Parts that may be loaded later: a family of evidence, and the cryptography for where there is no WebCrypto. */
const snp = /\/verify\/snp\//
const fallback = /\/crypto\/web\/fallback\.ts$/
const anything = /./

describe('@tresor/sdk/verify in a browser', () => {
  let bundle: BrowserBundle
  let everything: BundlePart
  beforeAll(async () => {
    bundle = await bundleForBrowser(`export { verify, parsePolicy } from '@tresor/sdk/verify'`)
    everything = bundle.partWith(anything)
    const sizes = [bundle.partWith(), bundle.partWith(snp), bundle.partWith(snp, fallback), everything]
    const [once, forSnp, withFallback, all] = sizes.map(({ kb }) => `${kb.toFixed(1)} kB`)
    console.log(
      `/verify, gzip: at once ${once}, for SNP ${forSnp}, without WebCrypto ${withFallback}, all kinds ${all}`
    )
  })

  it('reaches no module of Node and no door for Node', () => {
    expect(everything.inputs.filter((path) => /^node:|\/(?:crypto|verify)\/node\//.test(path))).toEqual([])
    expect(everything.inputs).toContain('packages/sdk/src/crypto/web/door.ts')
  })

  it(`loads less than ${maxSnpKb} kB for SNP`, () => {
    expect(bundle.partWith(snp).kb).toBeLessThan(maxSnpKb)
  })

  it(`loads less than ${maxSnpWithFallbackKb} kB for SNP where there is no WebCrypto`, () => {
    expect(bundle.partWith(snp, fallback).kb).toBeLessThan(maxSnpWithFallbackKb)
  })

  it('loads noble only where WebCrypto cannot do it', () => {
    expect(bundle.partWith(snp).inputs.filter(isNoble)).toEqual([])
    expect(bundle.partWith(snp, fallback).inputs.filter(isNoble)).not.toEqual([])
  })

  it('carries no cryptography for secrets', () => {
    const secret = /\/crypto\/.*(?:secret|sealed-box|xchacha)|tweetnacl|@noble\/ciphers/
    expect(everything.inputs.filter((path) => secret.test(path))).toEqual([])
  })
})

describe('the bundle check itself', () => {
  it('fails for code that reaches a module of Node', async () => {
    await expect(bundleForBrowser(`import 'node:fs'`)).rejects.toThrow('node:fs')
  })
})

function isNoble(path: string): boolean {
  return path.includes('@noble/')
}
