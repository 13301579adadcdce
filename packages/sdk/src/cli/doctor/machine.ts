// What the doctor looks at, so that tests can describe a machine.

export type Environment = Readonly<Record<string, string | undefined>>

export interface Machine {
  readonly platform: string
  readonly nodeVersion: string
  /** Arguments of node itself, before the program. */
  readonly execArguments: readonly string[]
  /** Text of a small file, undefined where it cannot be read. */
  readText(path: string): Promise<string | undefined>
  access(path: string): Promise<'usable' | 'missing' | 'forbidden'>
  /** Sizes of the files in a directory, undefined where there is none. */
  listSizes(path: string): Promise<readonly number[] | undefined>
  /** Undefined where the addon loads, else why not. */
  addonProblem(): Promise<string | undefined>
}
