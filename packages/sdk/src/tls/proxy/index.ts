export type {
  ClientRouteConfig,
  CommonRouteConfig,
  MetricsConfig,
  ProxyConfig,
  RouteConfig,
  ServerRouteConfig
} from './config.js'
export type {
  ClientDemands,
  ClientRouteDocument,
  DocumentTools,
  PolicyReference,
  ProxyDocument,
  RouteDocument,
  ServerRouteDocument
} from './document.js'
export { loadProxyConfig, parseProxyDocument } from './document.js'
export type { EventFailure, OnProxyEvent, ProxyEvent } from './events.js'
export type { ProxyLimits, ProxyTimeouts } from './limits.js'
export type { AttestedProxy } from './running-proxy.js'
export type { ProxyOptions } from './start.js'
export { checkProxyConfig, startProxy } from './start.js'
