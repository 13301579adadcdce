export type { CcelTable } from './ccel-table.js'
export { parseCcelTable } from './ccel-table.js'
export type { LoggedEvent } from './event-log.js'
export { eventLogLength, isExtending, parseEventLog } from './event-log.js'
