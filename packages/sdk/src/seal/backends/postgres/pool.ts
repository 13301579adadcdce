// What is used of a Pool of `pg` (or of anything that looks like it): the database is the caller's, and so is its driver.

export interface QueryResult {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number | null
}

export interface PgClient {
  query(text: string, values?: unknown[]): Promise<QueryResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  release(destroy?: boolean): void
}

export interface PgPool {
  query(text: string, values?: unknown[]): Promise<QueryResult>
  connect(): Promise<PgClient>
}
