/** The present, injected so that tests and conformance runs can choose it. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()
