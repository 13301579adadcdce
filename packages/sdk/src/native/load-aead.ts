// Picks who encrypts in bulk.
import { UnavailableError } from '../core/index.js'
import { loadAddon } from './addon.js'
import type { Aead } from './aead.js'
import { createNodeAead } from './node-aead.js'

/** The addon's where it is there, else that of node:crypto. */
export async function loadAead(): Promise<Aead> {
  return createNodeAead(await findObstacle())
}

async function findObstacle(): Promise<string> {
  try {
    await loadAddon()
    return 'not built in'
  } catch (error) {
    if (error instanceof UnavailableError) return error.message
    throw error
  }
}
