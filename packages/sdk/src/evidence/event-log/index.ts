export type { LoggedEvent } from './event-log.js'
export { eventLogLength, isExtending, parseEventLog } from './event-log.js'
