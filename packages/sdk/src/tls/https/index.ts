export type { AttestedHttpsServer, AttestedHttpsServerOptions } from './server.js'
export { AttestedRequest, createServer } from './server.js'
