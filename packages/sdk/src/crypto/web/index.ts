export { crypto } from './door.js'
