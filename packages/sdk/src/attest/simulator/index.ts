export type { SimulatorOptions } from './guest.js'
export type { SimulatorProvider } from './simulator.js'
export { simulator } from './simulator.js'
