export type { TsmFiles } from './files.js'
export type { Tsm, TsmReport, TsmRequest } from './report.js'
export { assertTsmProvider, kernelTsm, readTsmReport } from './report.js'
