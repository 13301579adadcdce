export type { AttestedAgent, AttestedAgentOptions } from './agent.js'
export { attestedAgent } from './agent.js'
