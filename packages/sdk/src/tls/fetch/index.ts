export type { AttestedFetch, AttestedResponse, FetchInit, FetchOptions, HostOptions } from './fetch.js'
export { createFetch } from './fetch.js'
