export type { TsmFiles } from './files.js'
export type { Tsm, TsmRequest } from './report.js'
export { assertTsmProvider, kernelTsm, readTsmReport } from './report.js'
