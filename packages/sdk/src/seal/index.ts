export type { Backend, BlobWriter, Place, RootSlots, WriterLease } from './backends/backend.js'
export { directory } from './backends/directory/index.js'
export { memory } from './backends/memory/index.js'
