// JSON from hostile bytes with the exact bytes of its members, since some vendors sign those.
import { type JsonLimits, parseUnique } from './json.js'
import { type JsonMember, scanJson } from './json-scan.js'

export interface JsonDocument {
  readonly value: unknown
  /** A copy of the value's bytes of a member of the outermost object, as they stand; undefined where it has no such member. */
  memberBytes(name: string): Uint8Array | undefined
}

/**
 * As `parseJson`, and remembers where the outermost members stand.
 * @throws EvidenceError ERR_ENCODING_JSON
 */
export function parseJsonDocument(bytes: Uint8Array, what: string, limits: JsonLimits = {}): JsonDocument {
  let members: readonly JsonMember[] = []
  const value = parseUnique(bytes, what, limits, () => {
    const layout = scanJson(bytes)
    members = layout.members
    return layout.keyCount
  })
  return { value, memberBytes: (name) => sliceMember(bytes, members, name) }
}

function sliceMember(bytes: Uint8Array, members: readonly JsonMember[], name: string): Uint8Array | undefined {
  const member = members.find((candidate) => candidate.name === name)
  return member && bytes.slice(member.start, member.end)
}
