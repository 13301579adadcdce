export type { AttestedWebSocket, ConnectOptions } from './connect.js'
export { connect } from './connect.js'
export type { AttestedWebSocketServer, AttestedWebSocketServerOptions } from './server.js'
export { createServer } from './server.js'
