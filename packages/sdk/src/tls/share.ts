// Verdicts on connections to one service differ in little, and each connection keeps its own: equal parts need memory once.

/** `next`, with those of its parts taken from `previous` that are equal there. Both are JSON values, and nobody changes them. */
export function shareEqualParts<T>(previous: unknown, next: T): T {
  return share(previous, next) as T // equal to `next` in every part
}

function share(previous: unknown, next: unknown): unknown {
  if (previous === next) return previous // equal text, too: the earlier copy stays
  if (!isComposite(previous) || !isComposite(next)) return next
  return Array.isArray(next) ? shareList(previous, next) : shareMembers(previous, next)
}

function shareList(previous: object, next: readonly unknown[]): unknown {
  if (!Array.isArray(previous)) return next
  const items = next.map((item, i) => share(previous[i], item))
  return isSame(previous, items) ? previous : items
}

/** Every connection with new evidence comes here, so members are compared where they stand. */
function shareMembers(previous: object, next: object): unknown {
  if (Array.isArray(previous)) return next
  const [known, members]: [Members, Members] = [previous as Members, next as Members] // plain objects
  const shared: Record<string, unknown> = { ...members } // of the same shape, and so without room for more
  const keys = Object.keys(members)
  let isEqual = keys.length === Object.keys(known).length
  for (const key of keys) {
    if (key === '__proto__') return next
    const item = share(Object.hasOwn(known, key) ? known[key] : undefined, members[key])
    isEqual = isEqual && item === known[key] && Object.hasOwn(known, key)
    shared[key] = item
  }
  return isEqual ? previous : shared
}

type Members = Readonly<Record<string, unknown>>

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
