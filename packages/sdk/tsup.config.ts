import { defineConfig } from 'tsup'
import { buildForBrowser } from './browser.config.js'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'verify/index': 'src/verify/index.ts',
    'verify/node/index': 'src/verify/node/index.ts',
    'attest/index': 'src/attest/index.ts',
    'tls/index': 'src/tls/index.ts',
    'tls/raw/index': 'src/tls/raw/index.ts',
    'tls/ra-tls/index': 'src/tls/ra-tls/index.ts',
    'tls/proxy/index': 'src/tls/proxy/index.ts',
    'tls/https/index': 'src/tls/https/index.ts',
    'tls/agent/index': 'src/tls/agent/index.ts',
    'tls/http2/index': 'src/tls/http2/index.ts',
    'tls/undici/index': 'src/tls/undici/index.ts',
    'tls/fetch/index': 'src/tls/fetch/index.ts',
    'tls/ws/index': 'src/tls/ws/index.ts',
    'tls/pg/index': 'src/tls/pg/index.ts',
    'tls/ioredis/index': 'src/tls/ioredis/index.ts',
    'tls/grpc/index': 'src/tls/grpc/index.ts',
    'seal/index': 'src/seal/index.ts',
    'testing/index': 'src/testing/index.ts',
    'cli/main': 'src/cli/main.ts',
    'crypto/node/index': 'src/crypto/node/index.ts',
    'crypto/node/secret': 'src/crypto/node/secret.ts',
    'crypto/web/index': 'src/crypto/web/index.ts',
    'crypto/web/secret': 'src/crypto/web/secret.ts'
  },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  splitting: true,
  clean: true,
  dts: false,
  external: [/^#/, /^node:/, /^@tresor\/native/],
  onSuccess: async () => {
    await buildForBrowser('dist/browser')
  }
})
