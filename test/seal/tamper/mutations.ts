// What a host may do to a store. Every change touches something that the newest version needs, so that every one must be refused.
import type { ObjectRef } from '../../../packages/sdk/src/seal/store/store.js'
import type { Snapshot } from './snapshot.js'
import type { Subject } from './subject.js'

export type Mutate = (subject: Subject, random: () => number) => Snapshot

/** 16 KiB and a tag, behind salt and commitment. */
const chunkBytes = 16_400
const headBytes = 56

export const mutations: Readonly<Record<string, Mutate>> = {
  'flip a bit of an object': (subject, random) => {
    const ref = pick(subject.live, random)
    return changeBlob(subject.newest, ref.blob, (bytes) => flip(bytes, ref.offset, ref.sealedLength, random))
  },
  'overwrite a stretch of an object': (subject, random) => {
    const ref = pick(subject.live, random)
    return changeBlob(subject.newest, ref.blob, (bytes) => {
      const from = ref.offset + Math.floor(random() * ref.sealedLength)
      const end = Math.min(ref.offset + ref.sealedLength, from + 1 + Math.floor(random() * 64))
      for (let i = from; i < end; i++) bytes[i] = ((bytes[i] ?? 0) + 1 + Math.floor(random() * 255)) & 255
      return bytes
    })
  },
  'truncate a blob': (subject, random) => {
    const ref = pick(subject.live, random)
    return changeBlob(subject.newest, ref.blob, (bytes) =>
      bytes.slice(0, ref.offset + Math.floor(random() * ref.sealedLength))
    )
  },
  'insert into a blob': (subject, random) => {
    const ref = pick(subject.live, random)
    return changeBlob(subject.newest, ref.blob, (bytes) => {
      const at = ref.offset + Math.floor(random() * ref.sealedLength)
      const added = Uint8Array.from({ length: 1 + Math.floor(random() * 40) }, () => 1 + Math.floor(random() * 255))
      return concat(bytes.subarray(0, at), added, bytes.subarray(at))
    })
  },
  'cut out of a blob': (subject, random) => {
    const ref = pick(subject.live, random)
    return changeBlob(subject.newest, ref.blob, (bytes) => {
      const at = ref.offset + Math.floor(random() * ref.sealedLength)
      return concat(bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random() * 40)))
    })
  },
  'remove a blob': (subject, random) => {
    const blobs = new Map(subject.newest.blobs)
    blobs.delete(pick(subject.live, random).blob)
    return { ...subject.newest, blobs }
  },
  'swap chunks of an object': (subject, random) => {
    const ref = pick(
      subject.live.filter(({ sealedLength }) => sealedLength >= headBytes + 2 * chunkBytes),
      random
    )
    const count = Math.floor((ref.sealedLength - headBytes) / chunkBytes)
    const a = Math.floor(random() * count)
    const b = (a + 1 + Math.floor(random() * (count - 1))) % count
    return changeBlob(subject.newest, ref.blob, (bytes) => {
      const place = (i: number) => ref.offset + headBytes + i * chunkBytes
      return swap(bytes, place(a), place(b), chunkBytes)
    })
  },
  'put one object in the place of another': (subject, random) => {
    const from = pick(subject.live, random)
    const rest = subject.live.filter((ref) => ref !== from && ref.sealedLength <= from.sealedLength)
    const to = rest.length === 0 ? undefined : pick(rest, random)
    if (to === undefined) return { ...subject.newest, blobs: new Map() }
    return replaceObject(subject.newest, to, bytesOf(subject.newest, from).subarray(0, to.sealedLength))
  },
  'put an object of another store in the place': (subject, random) => {
    const to = pick(subject.live, random)
    const from = pick([...subject.other.blobs.values()], random)
    const bytes = new Uint8Array(to.sealedLength)
    bytes.set(from.subarray(0, to.sealedLength))
    return replaceObject(subject.newest, to, bytes)
  },
  'put an earlier generation of a file in its place': (subject, random) => {
    const { now, before } = pick(subject.earlier, random)
    return replaceObject(subject.newest, now, bytesOf(subject.newest, before))
  },
  'put the head of one object before the body of another': (subject, random) => {
    const [a, b] = [pick(subject.live, random), pick(subject.live, random)]
    if (a === b) return { ...subject.newest, blobs: new Map() }
    return changeBlob(subject.newest, a.blob, (bytes) => {
      bytes.set(bytesOf(subject.newest, b).subarray(0, headBytes), a.offset)
      return bytes
    })
  },
  'flip a bit of the newest root': (subject, random) => {
    const slots = subject.newest.slots.map((slot) => slot.slice()) as [Uint8Array, Uint8Array] // two stay two
    const slot = slots[newestSlot(subject.newest)]
    flip(slot, 0, slot.length, random)
    return { ...subject.newest, slots }
  },
  'cut the newest root short, or make it longer': (subject, random) => {
    const change = (slot: Uint8Array) =>
      random() < 0.5 ? slot.slice(0, Math.floor(random() * slot.length)) : concat(slot, new Uint8Array(1))
    return changeNewest(subject.newest, change)
  },
  'empty the newest root': (subject) => changeNewest(subject.newest, () => new Uint8Array(0)),
  'empty both roots': (subject) => ({ ...subject.newest, slots: [new Uint8Array(0), new Uint8Array(0)] }),
  'say another suite in both roots': (subject, random) => {
    const suite = 2 + Math.floor(random() * 254)
    const change = (slot: Uint8Array) => Uint8Array.from(slot, (byte, i) => (i === 8 ? suite : byte))
    return { ...subject.newest, slots: [change(subject.newest.slots[0]), change(subject.newest.slots[1])] }
  },
  'replay older roots under newer blobs': (subject, random) => ({
    ...subject.newest,
    slots: pick(subject.older, random).slots
  }),
  'replay one older root': (subject, random) => {
    const old = pick(subject.older, random)
    return changeNewest(subject.newest, () => pick(old.slots, random))
  },
  'replay the whole store': (subject, random) => pick(subject.older, random),
  'show the root before in both slots': (subject) => {
    const before = subject.newest.slots[1 - newestSlot(subject.newest)] ?? new Uint8Array(0)
    return { ...subject.newest, slots: [before, before] }
  },
  'take the roots of another store': (subject) => ({ ...subject.newest, slots: subject.other.slots }),
  'take all of another store': (subject) => subject.other,
  "put another store's keyring in the place": (subject) =>
    changeKeyring(subject, () => firstOf(subject.other.keyrings)),
  'put an older keyring in the place': (subject) => changeKeyring(subject, () => firstOf(subject.older[0]?.keyrings)),
  'flip a bit of the keyring': (subject, random) =>
    changeKeyring(subject, (bytes) => flip(bytes, 0, bytes.length, random)),
  'cut the keyring short, or make it longer': (subject, random) =>
    changeKeyring(subject, (bytes) =>
      random() < 0.5 ? bytes.slice(0, Math.floor(random() * bytes.length)) : concat(bytes, new Uint8Array([0]))
    ),
  'drop a slot of the keyring': (subject, random) => changeKeyring(subject, (bytes) => dropSlot(bytes, random)),
  'remove the keyring': (subject) => ({ ...subject.newest, keyrings: new Map() })
}

/** The one with the higher number; it stands in the clear, at byte 32. */
function newestSlot({ slots }: Snapshot): 0 | 1 {
  const [a, b] = slots.map((slot) => new DataView(slot.buffer, slot.byteOffset).getBigUint64(32))
  return (a ?? 0n) > (b ?? 0n) ? 0 : 1
}

function changeNewest(snapshot: Snapshot, change: (slot: Uint8Array) => Uint8Array): Snapshot {
  const newest = newestSlot(snapshot)
  const [first, second] = snapshot.slots
  return { ...snapshot, slots: newest === 0 ? [change(first), second] : [first, change(second)] }
}

function changeBlob(snapshot: Snapshot, blob: string, change: (bytes: Uint8Array) => Uint8Array): Snapshot {
  const blobs = new Map(snapshot.blobs)
  blobs.set(blob, change(blobOf(snapshot, blob).slice()))
  return { ...snapshot, blobs }
}

/** The keyring that the newest root names. */
function changeKeyring({ newest }: Subject, change: (bytes: Uint8Array) => Uint8Array): Snapshot {
  const slot = newest.slots[newestSlot(newest)]
  const name = new TextDecoder().decode(slot.subarray(57, 57 + (slot[56] ?? 0)))
  const keyrings = new Map(newest.keyrings)
  keyrings.set(name, change((keyrings.get(name) ?? new Uint8Array(0)).slice()))
  return { ...newest, keyrings }
}

/** The name of a slot's kind made another one, which nobody has: as if it were not there. */
function dropSlot(bytes: Uint8Array, random: () => number): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  const at = text.indexOf(random() < 0.5 ? 'custom-first' : 'custom-second')
  if (at >= 0) bytes[at + 7] = 'x'.charCodeAt(0)
  return bytes
}

function replaceObject(snapshot: Snapshot, ref: ObjectRef, sealed: Uint8Array): Snapshot {
  return changeBlob(snapshot, ref.blob, (bytes) => {
    bytes.set(sealed, ref.offset)
    return bytes
  })
}

function bytesOf(snapshot: Snapshot, ref: ObjectRef): Uint8Array {
  return blobOf(snapshot, ref.blob).subarray(ref.offset, ref.offset + ref.sealedLength)
}

function blobOf({ blobs }: Snapshot, blob: string): Uint8Array {
  return blobs.get(blob) ?? new Uint8Array(0)
}

function flip(bytes: Uint8Array, from: number, length: number, random: () => number): Uint8Array {
  const at = from + Math.floor(random() * length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  return bytes
}

function swap(bytes: Uint8Array, a: number, b: number, length: number): Uint8Array {
  const kept = bytes.slice(a, a + length)
  bytes.copyWithin(a, b, b + length)
  bytes.set(kept, b)
  return bytes
}

function firstOf(keyrings: ReadonlyMap<string, Uint8Array> | undefined): Uint8Array {
  return [...(keyrings?.values() ?? [])][0] ?? new Uint8Array(0)
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T // none is empty
}
