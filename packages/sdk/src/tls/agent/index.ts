export type { AgentHostOptions, AgentOptions, AttestedAgent, AttestedAgentOptions } from './agent.js'
export { attestedAgent } from './agent.js'
