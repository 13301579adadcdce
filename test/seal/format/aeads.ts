// Both ways to encrypt in bulk: a suite on formats runs with each of them, and they must agree to the byte.
import { existsSync } from 'node:fs'
import { describe } from 'vitest'
import { type Aead, createNodeAead, loadAead } from '../../../packages/sdk/src/native/index.js'
import { addonFile } from '../../native/addon.js'

export const nodeAead: Aead = createNodeAead('for a test')

/** A suite with node:crypto, and one with the addon, which is skipped by name where it is not built. `load` is for use in tests. */
export function describeWithAeads(name: string, body: (load: () => Promise<Aead>) => void): void {
  describe(`${name}, with node:crypto`, () => body(async () => nodeAead))
  const missing = existsSync(addonFile) ? '' : ' (skipped: the addon is not built; run: node packages/native/build.mjs)'
  describe.skipIf(missing !== '')(`${name}, with the addon${missing}`, () => body(loadAddonAead))
}

async function loadAddonAead(): Promise<Aead> {
  const aead = await loadAead()
  if (aead.name !== 'addon') throw new Error(`the addon is built and not used: ${aead.obstacle}`)
  return aead
}
