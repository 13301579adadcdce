export type { AttestedDispatcher, AttestedDispatcherOptions, DispatcherOptions } from './dispatcher.js'
export { attestedDispatcher } from './dispatcher.js'
