import { describeBackend } from './contract.js'
import { directoryPlace, memoryPlace } from './places.js'

describeBackend('memory', memoryPlace)
describeBackend('directory', directoryPlace)
