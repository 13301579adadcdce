export type { AttestedCredentialsOptions } from './credentials.js'
export { attestedCredentials } from './credentials.js'
export type { AttestedGrpcServer, AttestedGrpcServerOptions } from './server.js'
export { createServer } from './server.js'
