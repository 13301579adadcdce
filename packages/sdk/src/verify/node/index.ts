export type { AuditedItem, AuditOptions } from '../stored/index.js'
export { amdProductItems, auditStore, intelPlatformItems } from '../stored/index.js'
export { directoryStore } from './directory-store.js'
