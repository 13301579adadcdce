export type { AttestedDispatcher, AttestedDispatcherOptions } from './dispatcher.js'
export { attestedDispatcher } from './dispatcher.js'
