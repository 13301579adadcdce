// A route of either direction from its settings.
import { TresorError, UsageError } from '../../core/index.js'
import { createClientRoute } from './client-route.js'
import { type Route, type RouteContext, reasonOf } from './route.js'
import { createServerRoute } from './server-route.js'
import type { RouteSettings } from './settings.js'

/** @throws UsageError ERR_USAGE_OPTION, also for certificates and keys that OpenSSL does not take */
export function createRoute(settings: RouteSettings, context: RouteContext): Route {
  try {
    return settings.kind === 'server' ? createServerRoute(settings, context) : createClientRoute(settings, context)
  } catch (cause) {
    if (TresorError.is(cause)) throw cause
    const message = `proxy: route ${settings.name}: a certificate or key cannot be used: ${reasonOf(cause)}`
    throw new UsageError('ERR_USAGE_OPTION', message, { cause })
  }
}
