// What a backend could not do, with the cause that says why.
import { TresorError, UnavailableError } from '../../core/index.js'

/** @throws UnavailableError ERR_STORE_BACKEND; errors of ours pass as they are */
export function failBackend(name: string, doing: string, cause: unknown): never {
  if (TresorError.is(cause)) throw cause
  const reason = cause instanceof Error ? describe(cause) : 'unknown reason'
  throw new UnavailableError('ERR_STORE_BACKEND', `${name}: cannot ${doing}: ${reason}`, {
    cause,
    details: { field: name, actual: reason }
  })
}

function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return `${code}${error.message}`.slice(0, 300)
}
