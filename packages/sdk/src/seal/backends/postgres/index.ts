export type { PgClient, PgPool, QueryResult } from './pool.js'
export type { PostgresOptions } from './postgres.js'
export { postgres } from './postgres.js'
