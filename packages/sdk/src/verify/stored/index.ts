export type { AuditedItem, AuditOptions } from './audit.js'
export { auditStore } from './audit.js'
export { amdProductItems, intelPlatformItems } from './items.js'
