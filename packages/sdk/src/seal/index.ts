export type { Backend, BlobWriter, Place, RootSlots, WriterLease } from './backends/backend.js'
export { memory } from './backends/memory/index.js'
