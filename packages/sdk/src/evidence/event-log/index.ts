export type { LoggedEvent } from './event-log.js'
export { isExtending, parseEventLog } from './event-log.js'
