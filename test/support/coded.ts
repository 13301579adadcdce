// The code of what a piece of work throws: tests say which, and nothing but coded errors may come out of a parser.
import { TresorError } from '../../packages/sdk/src/core/index.js'

/** The code of the error, or `none`. An error without a code is thrown on. */
export function codeOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    return requireCode(error)
  }
}

export async function codeOfAsync(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'none'
  } catch (error) {
    return requireCode(error)
  }
}

function requireCode(error: unknown): string {
  if (TresorError.is(error)) return error.code
  throw error
}
