// Memory of what was computed from collateral: parsed certificates, imported keys, verified signatures.
import { BoundedMap } from './bounded-map.js'
import type { Collateral } from './collateral.js'

type Slot = { readonly value: unknown }

/** One bounded memory per scope, so that a flood of one kind does not push out the others. Failures are not kept. */
export function createMemo(maxItems: number): Collateral['memo'] {
  const scopes = new Map<string, BoundedMap<Slot>>()
  return <T>(scope: string, key: string, make: () => T | Promise<T>): T | Promise<T> => {
    const slots = scopes.get(scope) ?? addScope(scopes, scope, maxItems)
    const slot = slots.get(key)
    if (slot !== undefined) return slot.value as T | Promise<T> // scope and key stand for one `make`, and so for one T
    return remember(slots, key, make())
  }
}

function addScope(scopes: Map<string, BoundedMap<Slot>>, scope: string, maxItems: number): BoundedMap<Slot> {
  const slots = new BoundedMap<Slot>(maxItems)
  scopes.set(scope, slots)
  return slots
}

function remember<T>(slots: BoundedMap<Slot>, key: string, value: T | Promise<T>): T | Promise<T> {
  const slot: Slot = { value }
  slots.set(key, slot)
  if (value instanceof Promise) settle(slots, key, slot, value)
  return value
}

/** A kept promise becomes its value, so that nobody waits for it again; a broken one is forgotten. */
function settle(slots: BoundedMap<Slot>, key: string, slot: Slot, promise: Promise<unknown>): void {
  const replace = (next: Slot | undefined): void => {
    if (slots.get(key) !== slot) return
    if (next === undefined) slots.delete(key)
    else slots.set(key, next)
  }
  promise.then(
    (value) => replace({ value }),
    () => replace(undefined)
  )
}
