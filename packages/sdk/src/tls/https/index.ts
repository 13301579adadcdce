export type { AttestedHttpsServer, AttestedHttpsServerOptions, AttestedRequest } from './server.js'
export { createServer } from './server.js'
