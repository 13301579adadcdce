// Picks who encrypts in bulk.
import type { BulkAead } from '@tresor/native'
import { UnavailableError } from '../core/index.js'
import { type Addon, loadAddon } from './addon.js'
import { createAddonAead } from './addon-aead.js'
import type { Aead } from './aead.js'
import { createNodeAead } from './node-aead.js'

/** The addon's where it is there, else that of node:crypto. */
export async function loadAead(load: () => Promise<Pick<Addon, 'aead'>> = loadAddon): Promise<Aead> {
  const aead = await findAead(load)
  return typeof aead === 'string' ? createNodeAead(aead) : createAddonAead(aead)
}

/** Or why there is none. */
async function findAead(load: () => Promise<Pick<Addon, 'aead'>>): Promise<BulkAead | string> {
  try {
    const { aead } = await load()
    return aead.obstacle === undefined ? aead : aead.obstacle
  } catch (error) {
    if (error instanceof UnavailableError) return error.message
    throw error
  }
}
