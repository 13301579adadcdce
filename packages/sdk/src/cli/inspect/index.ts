export { renderDescription } from './description.js'
export { inspect } from './inspect.js'
