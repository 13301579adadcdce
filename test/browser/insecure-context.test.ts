// A page on plain http has no crypto.subtle. In such a page, in real Chromium, the web door still verifies.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { type Browser, chromium as playwrightChromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../packages/sdk/src/core/index.js'
import { createEcSigner, createPssSigner } from '../crypto/keys.js'
import { chromiumArguments, chromiumMissing, findChromium } from '../support/chromium.js'

const executablePath = findChromium()
const suite = executablePath === undefined ? describe.skip : describe
const reason = executablePath === undefined ? ` (${chromiumMissing})` : ''

/** A name that Chromium does not count as local, and so not as secure. */
const host = 'tresor.test'

suite(`the web door in a page without a secure context${reason}`, () => {
  let server: Server
  let browser: Browser
  let url: string
  beforeAll(async () => {
    server = await servePage(await bundleProbe())
    url = `http://${host}:${(server.address() as AddressInfo).port}/` // a TCP server has an AddressInfo
    const args = [...chromiumArguments, `--host-resolver-rules=MAP ${host} 127.0.0.1`]
    browser = await playwrightChromium.launch({ executablePath: executablePath ?? '', args })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it('verifies ECDSA and RSASSA-PSS, and refuses what is not signed', async () => {
    const page = await browser.newPage()
    await page.goto(url)
    expect(await page.evaluate(() => [isSecureContext, typeof crypto.subtle])).toEqual([false, 'undefined'])
    const answers = await page.evaluate(
      (signed) => (globalThis as unknown as { probe: (s: unknown) => Promise<unknown> }).probe(signed), // set by the page
      await signSamples()
    )
    expect(answers).toEqual({ ecdsa: [true, false], rsaPss: [true, false], random: 32 })
  })
})

async function signSamples(): Promise<Record<string, string>> {
  const data = utf8('what is signed')
  const ec = await createEcSigner('P-384')
  const rsa = await createPssSigner('sha384', 4096)
  return {
    data: toHex(data),
    ecSpki: toHex(ec.spki),
    ecSignature: toHex(await ec.sign('sha384', data)),
    rsaSpki: toHex(rsa.spki),
    rsaSignature: toHex(await rsa.sign(data, 48))
  }
}

/** The door and a function that uses it, as files by name: the fallback is a file of its own, as in a real page. */
async function bundleProbe(): Promise<Map<string, Uint8Array>> {
  const contents = `
    import { crypto } from './packages/sdk/src/crypto/web/index.js'
    const bytes = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16))
    globalThis.probe = async (signed) => {
      const ec = await crypto.importSpki(bytes(signed.ecSpki))
      const rsa = await crypto.importSpki(bytes(signed.rsaSpki))
      const options = { hash: 'sha384', saltLength: 48 }
      const answer = async (data) => [
        await crypto.verifyEcdsa(ec, 'sha384', data, bytes(signed.ecSignature)),
        await crypto.verifyRsaPss(rsa, options, data, bytes(signed.rsaSignature))
      ]
      const [right, wrong] = [await answer(bytes(signed.data)), await answer(new Uint8Array(3))]
      return { ecdsa: [right[0], wrong[0]], rsaPss: [right[1], wrong[1]], random: crypto.randomBytes(32).length }
    }`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: `${import.meta.dirname}/../..`, sourcefile: 'probe.js', loader: 'ts' },
    bundle: true,
    splitting: true,
    write: false,
    outdir: '/',
    entryNames: 'probe',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@tresor/source'],
    logLevel: 'silent'
  })
  return new Map(outputFiles.map((file) => [file.path, file.contents]))
}

async function servePage(files: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const page = '<!doctype html><title>probe</title><script type="module" src="/probe.js"></script>'
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    response.setHeader('content-type', file === undefined ? 'text/html' : 'text/javascript')
    response.end(file ?? page)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
