// Runs something of ours before a method of somebody else's object, which otherwise stays what it is.

/** From now on a call of `target[name]`, where there is such a method, runs `first` before. */
export function runBefore<T extends object>(target: T, name: string, first: () => void): void {
  const method: unknown = Reflect.get(target, name)
  if (typeof method !== 'function') return
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value: (...values: unknown[]): unknown => {
      first()
      return method.apply(target, values)
    }
  })
}
