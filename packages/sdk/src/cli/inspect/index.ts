export type { Description, Remark } from './description.js'
export { renderDescription } from './description.js'
export { inspect } from './inspect.js'
