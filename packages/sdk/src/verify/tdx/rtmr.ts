// The runtime measurement registers of a TD.

export type RtmrIndex = 0 | 1 | 2 | 3

export const rtmrIndexes: readonly RtmrIndex[] = [0, 1, 2, 3]
