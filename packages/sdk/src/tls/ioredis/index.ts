export type { AttestedConnectorOptions } from './connector.js'
export { attestedConnector } from './connector.js'
