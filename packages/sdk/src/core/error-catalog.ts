// What each code means and what to do about it. docs/errors.md is generated from here; nothing on a verifier's path imports it.
import { type Catalog, entry } from './error-catalog-entry.js'
import { unavailable } from './error-catalog-unavailable.js'
import type { ErrorCode, EvidenceCode, PolicyCode, SealedCode, UnavailableCode, UsageCode } from './error-codes.js'

const stop = 'Stop. Do not talk to this peer; ask it for fresh evidence or report it'
const restore = 'Stop writing, and restore from a backup; find out who changed it'
const chain = 'Fetch the certificate chain from the vendor again; if it is still refused, stop'

const usage: Catalog<UsageCode> = {
  ERR_USAGE_OPTION: entry('An argument or option has the wrong type, range or name', 'Correct the call'),
  ERR_USAGE_COMMAND: entry('A command line that the CLI does not know', 'See tresor help'),
  ERR_USAGE_FILE: entry('A file named by the caller cannot be read or written', 'Check the path and its permissions'),
  ERR_USAGE_POLICY: entry(
    'A policy document is malformed, has an unknown key or lacks a field of identity',
    'Correct the policy; spell any for what does not matter'
  ),
  ERR_USAGE_POLICY_EMPTY: entry('A policy that names nothing to accept', 'Name at least one accepted kind of evidence'),
  ERR_USAGE_SIMULATOR: entry(
    'The directory of the simulator holds no usable state',
    'Remove the directory, or name another'
  ),
  ERR_USAGE_STORE: entry(
    'A store is where none was expected, or none is where one was',
    'Use createVault once, and openVault ever after'
  )
}

const evidence: Catalog<EvidenceCode> = {
  ERR_ENCODING_HEX: entry('Not hex text', stop),
  ERR_ENCODING_BASE64: entry('Not base64 or base64url in canonical form', stop),
  ERR_ENCODING_DER: entry('Not DER: wrong tag, length, form, or trailing bytes', stop),
  ERR_ENCODING_PEM: entry('Not PEM', stop),
  ERR_ENCODING_CBOR: entry('Not CBOR in the strict form, or too large or too deep', stop),
  ERR_ENCODING_JSON: entry('Not JSON, or with duplicate keys, or too large or too deep', stop),
  ERR_CMW_FORMAT: entry('Not a conceptual message wrapper, or one with unexpected content', stop),
  ERR_EVIDENCE_FORMAT: entry('Evidence with a wrong length, a reserved field in use or a value out of range', stop),
  ERR_EVIDENCE_VERSION: entry('Evidence in a version that is not accepted', stop),
  ERR_EVIDENCE_SIGNATURE: entry('The signature over the evidence does not verify', stop),
  ERR_EVIDENCE_KEY: entry(
    'The endorsed key belongs to another chip, TCB or kind than the evidence',
    'Fetch the endorsement for exactly this chip and reported TCB'
  ),
  ERR_EVIDENCE_PRODUCT: entry('Evidence, certificate and chain name different products', chain),
  ERR_EVIDENCE_SIMULATED: entry(
    'The evidence comes from a simulator, which proves nothing',
    'Say allowSimulator in tests; never in production'
  ),
  ERR_CERTIFICATE_FORMAT: entry('A certificate is malformed or lacks what its profile requires', chain),
  ERR_CERTIFICATE_CHAIN: entry('No chain of certificates leads from the leaf to a root', chain),
  ERR_CERTIFICATE_ROOT: entry('The chain ends in a root whose key is not pinned', stop),
  ERR_CERTIFICATE_SIGNATURE: entry('A certificate is not signed by its issuer', stop),
  ERR_CERTIFICATE_EXPIRED: entry('A certificate has expired', chain),
  ERR_CERTIFICATE_NOT_YET_VALID: entry('A certificate is not valid yet', 'Check the clock of this machine'),
  ERR_CERTIFICATE_USAGE: entry(
    'A certificate is used for what it does not permit: CA flag, path length, key usage or critical extension',
    stop
  ),
  ERR_CERTIFICATE_REVOKED: entry('A certificate is revoked', stop),
  ERR_CRL_FORMAT: entry('A revocation list is malformed', chain),
  ERR_CRL_ISSUER: entry('A revocation list is of another issuer or its signature does not verify', chain),
  ERR_CRL_EXPIRED: entry('A revocation list is out of date or not valid yet', 'Fetch the current list'),
  ERR_COLLATERAL_FORMAT: entry('Signed collateral is malformed', chain),
  ERR_COLLATERAL_SIGNATURE: entry('Collateral is not signed by its vendor', stop),
  ERR_COLLATERAL_MISMATCH: entry(
    'Collateral belongs to another platform or kind of evidence',
    'Fetch the collateral for exactly this platform'
  ),
  ERR_COLLATERAL_EXPIRED: entry(
    'Collateral is out of date or not valid yet',
    'Fetch the current collateral; check the clock'
  ),
  ERR_TCB_UNSUPPORTED: entry('No level of the TCB in the collateral matches this platform', stop),
  ERR_TLS_ALPN: entry(
    'The peer does not speak attested TLS',
    'Talk to a server of this SDK, or do without attestation'
  ),
  ERR_TLS_VERSION: entry('The peer does not speak TLS 1.3', 'Talk to a server of this SDK'),
  ERR_TLS_TRUST: entry(
    'The TLS certificate of the server is not one that the option trust accepts',
    'Name its authority in trust.ca, or say evidence-only where evidence alone identifies the server'
  ),
  ERR_TLS_RESUMED: entry('The TLS session was resumed from an earlier one, which attested TLS never does', stop),
  ERR_TLS_PROTOCOL: entry('A message of the exchange is malformed, too large, or not the one that was due', stop),
  ERR_TLS_BINDING: entry(
    'The proof of the peer is not about this connection, or in a tier that was not asked for',
    stop
  )
}

const policy: Catalog<PolicyCode> = {
  ERR_POLICY_KIND: entry('The policy accepts no evidence of this kind', 'Extend the policy if this kind is yours'),
  ERR_POLICY_SIMULATOR: entry(
    'Evidence of the simulator, and the policy does not allow it',
    'Say allowSimulator in a policy for tests only'
  ),
  ERR_POLICY_REPORT_DATA: entry(
    'The evidence was not made for this nonce or report data',
    'Ask for fresh evidence; if it persists, stop: it may be a replay'
  ),
  ERR_POLICY_MEASUREMENT: entry(
    'A measured value is not one that the policy accepts',
    'If this image is yours, add its value to the policy'
  ),
  ERR_POLICY_DEBUG: entry('The guest can be debugged by its host', 'Start the guest without debugging'),
  ERR_POLICY_GUEST_POLICY: entry(
    'The guest was launched with a policy or attributes that are not accepted',
    'Launch the guest as the policy demands'
  ),
  ERR_POLICY_TCB: entry(
    'The platform firmware is older than the policy accepts',
    'Update the platform, or lower the policy knowingly'
  ),
  ERR_POLICY_ADVISORY: entry(
    'A security advisory that the policy does not admit applies to the platform',
    'Update the platform, or admit the advisory knowingly'
  ),
  ERR_POLICY_VMPL: entry(
    'The evidence was requested from a privilege level that is not accepted',
    'Request it from the level that the policy names'
  ),
  ERR_POLICY_PRODUCT: entry(
    'The platform is of a product that is not accepted',
    'Extend the policy if the product is yours'
  ),
  ERR_POLICY_PLATFORM: entry('The platform has properties that are not accepted', 'Change the platform, or the policy'),
  ERR_POLICY_PLATFORM_ID: entry(
    'The chip or platform is not one that the policy names',
    'Extend the policy if the machine is yours'
  ),
  ERR_POLICY_IDENTITY: entry(
    'An identity given at launch (host data, id key, author key, family, image, owner) is not accepted',
    'Launch the guest as the policy demands'
  ),
  ERR_POLICY_SVN: entry('A security version number is lower than the policy accepts', 'Update the guest'),
  ERR_POLICY_SIGNER: entry(
    'The evidence is signed by a kind of key that is not accepted',
    'Extend the policy knowingly'
  ),
  ERR_POLICY_COLLATERAL_AGE: entry('Collateral is older than the policy accepts', 'Refresh the collateral'),
  ERR_POLICY_TIER: entry(
    'The two sides accept no tier of attested TLS in common',
    'Offer perConnection at the server, or accept boundKey at the client knowingly'
  ),
  ERR_POLICY_UNATTESTED: entry(
    'One side asks for evidence, and the other has none to offer, or none in a form that is accepted',
    'Give it a provider, or a certificate with evidence where bindings admit that'
  ),
  ERR_POLICY_PEER: entry('The peer refused our evidence', 'Ask its owner to accept this measurement and platform'),
  ERR_POLICY_ORIGIN: entry(
    'A request or a redirect leads to a place that no policy was given for, or that is not https',
    'Give a policy for that host, or follow the redirect yourself'
  )
}

const sealed: Catalog<SealedCode> = {
  ERR_SEALED_AUTH: entry('Sealed bytes were changed, or are not what they stand for', restore),
  ERR_SEALED_TRUNCATED: entry('Sealed bytes end too early or go on too long', restore),
  ERR_SEALED_FORMAT: entry('A sealed file, keyring or record is malformed', restore),
  ERR_SEALED_SUITE: entry('The data says that it is sealed with another suite than the caller demands', restore),
  ERR_SEALED_KEY: entry(
    'A key slot is for this key source and does not open: it was changed, or the measurement is another',
    'Use the image that it is bound to, another slot, or the recovery key'
  ),
  ERR_SEALED_NO_KEY: entry('None of the given key sources opens the data', 'Give a key source that has a slot'),
  ERR_SEALED_MISSING: entry('Something that the store names is gone', restore),
  ERR_SEALED_ROLLBACK: entry(
    'The store is not in its newest version: somebody put an older copy back, or a fork in its place',
    'Restore the newest version; accept an older one only knowingly'
  ),
  ERR_SEALED_CONFLICT: entry(
    'Somebody else wrote to the store meanwhile',
    'Let one process write; open the store again'
  ),
  ERR_SEALED_TOKEN: entry(
    'An upgrade token is not signed by the accepted key or is for another image or store',
    'Sign a token for this upgrade'
  )
}

/** The catalogue by class. The class says who must act. */
export const errorCatalog: {
  readonly UsageError: Catalog<UsageCode>
  readonly UnavailableError: Catalog<UnavailableCode>
  readonly EvidenceError: Catalog<EvidenceCode>
  readonly PolicyError: Catalog<PolicyCode>
  readonly SealError: Catalog<SealedCode>
} = {
  UsageError: usage,
  UnavailableError: unavailable,
  EvidenceError: evidence,
  PolicyError: policy,
  SealError: sealed
}

/** What to do about `code`. */
export function remedyFor(code: ErrorCode): string {
  return { ...usage, ...unavailable, ...evidence, ...policy, ...sealed }[code].remedy
}
