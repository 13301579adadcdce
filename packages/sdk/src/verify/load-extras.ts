// What ordinary verification does not need: see extras.ts.
import { onDemand } from '../core/index.js'

/** @throws UnavailableError ERR_PART_MISSING */
export const loadExtras: () => Promise<typeof import('./extras.js')> = onDemand(() => import('./extras.js'))
