import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { chromiumArguments, findChromium } from './test/support/chromium.js'
import { serveVectors } from './test/support/vectors-server.js'

// `import` and `module` are not among them: they would count for the `require` of packages in CommonJS too, and break those.
const nodeConditions = ['@tresor/source', 'node']
const browserConditions = ['@tresor/source', 'browser', 'import', 'module', 'default']
const exclude = ['**/node_modules/**', ...(process.env.TRESOR_LONG === '1' ? [] : ['test/long/**'])]
const chromium = findChromium()

/** Everything. */
const node: TestProjectInlineConfiguration = {
  resolve: { conditions: nodeConditions },
  ssr: { resolve: { conditions: nodeConditions, externalConditions: nodeConditions } },
  test: {
    name: 'node',
    include: ['test/**/*.test.ts'],
    exclude,
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
}

/** The isomorphic rooms once more, in Chromium: files named *.iso.test.ts. */
const browser = (executablePath: string): TestProjectInlineConfiguration => ({
  plugins: [serveVectors()],
  optimizeDeps: { include: browserDependencies },
  resolve: {
    conditions: browserConditions,
    alias: [forBrowser('vectors-files'), forBrowser('crypto-doors')]
  },
  test: {
    name: 'browser',
    include: ['test/**/*.iso.test.ts'],
    exclude,
    testTimeout: 30_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: chromiumArguments } }),
      instances: [{ browser: 'chromium' }]
    }
  }
})

/** Bundled before the first test: Vite would reload the page in the middle of one that imports them late. */
const browserDependencies = [
  'fast-check',
  '@tresor/sdk > @noble/ciphers/aes.js',
  '@tresor/sdk > @noble/ciphers/chacha.js',
  '@tresor/sdk > @noble/curves/ed25519.js',
  '@tresor/sdk > @noble/curves/abstract/weierstrass.js',
  '@tresor/sdk > @noble/hashes/hkdf.js',
  '@tresor/sdk > @noble/hashes/sha2.js',
  '@tresor/sdk > cbor-x',
  '@tresor/sdk > tweetnacl'
]

/** `test/support/NAME.ts` has a sibling for browsers. */
function forBrowser(name: string): { find: RegExp; replacement: string } {
  return {
    find: new RegExp(`^\\.{1,2}/(?:support/)?${name}\\.js$`),
    replacement: `${import.meta.dirname}/test/support/${name}.browser.ts`
  }
}

/** All cores: by default one is kept free, and of two that is half. */
const maxWorkers = '100%'

export default defineConfig({
  test: { maxWorkers, projects: chromium === undefined ? [node] : [node, browser(chromium)] }
})
