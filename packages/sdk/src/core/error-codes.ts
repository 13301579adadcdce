// Every code that this SDK throws: which class carries it, what it means, what to do. docs/errors.md is generated from here.

/** The class that carries a code. It says who must act. */
export type ErrorClass = 'UsageError' | 'UnavailableError' | 'EvidenceError' | 'PolicyError'

export interface ErrorCodeEntry {
  readonly class: ErrorClass
  readonly meaning: string
  readonly remedy: string
}

function usage(meaning: string, remedy: string): ErrorCodeEntry {
  return { class: 'UsageError', meaning, remedy }
}
function unavailable(meaning: string, remedy: string): ErrorCodeEntry {
  return { class: 'UnavailableError', meaning, remedy }
}
function evidence(meaning: string, remedy: string): ErrorCodeEntry {
  return { class: 'EvidenceError', meaning, remedy }
}
function policy(meaning: string, remedy: string): ErrorCodeEntry {
  return { class: 'PolicyError', meaning, remedy }
}

const stop = 'Stop. Do not talk to this peer; ask it for fresh evidence or report it'
const chain = 'Fetch the certificate chain from the vendor again; if it is still refused, stop'

export const errorCodes = {
  // The caller
  ERR_USAGE_OPTION: usage('An argument or option has the wrong type, range or name', 'Correct the call'),
  ERR_USAGE_COMMAND: usage('A command line that the CLI does not know', 'See tresor help'),
  ERR_USAGE_FILE: usage('A file named by the caller cannot be read or written', 'Check the path and its permissions'),
  ERR_POLICY_INVALID: usage('A policy document is malformed, has an unknown key or lacks a field of identity', 'Correct the policy; spell any for what does not matter'),
  ERR_POLICY_EMPTY: usage('A policy that names nothing to accept', 'Name at least one accepted kind of evidence'),
  ERR_SIMULATOR_STATE: usage('The directory of the simulator holds no usable state', 'Remove the directory, or name another'),

  // Not here, not now
  ERR_TEE_NOT_FOUND: unavailable('No interface of a trusted execution environment works on this machine', 'Run tresor doctor: it lists a reason and a remedy for each'),
  ERR_DEVICE_MISSING: unavailable('The device or directory of this provider does not exist', 'Run inside a guest of this kind and load its kernel module'),
  ERR_DEVICE_PERMISSION: unavailable('The device exists, but this process may not use it', 'Give the process the group or mode that the remedy names'),
  ERR_DEVICE_BUSY: unavailable('The device or host throttles requests', 'Retry later; one request at a time'),
  ERR_DEVICE_REFUSED: unavailable('Kernel, firmware or host refused the request', 'See errno, fw_error and vmm_error in the details'),
  ERR_DEVICE_KEY_LOST: unavailable('The driver has wiped its message key after a failure', 'Reboot the guest: nothing less helps'),
  ERR_DEVICE_RESPONSE: unavailable('The device answered with something that is not what was asked for', 'Report it, with the kernel version'),
  ERR_ADDON_MISSING: unavailable('The native addon is not installed or does not load', 'npm install @tresor/native, or use a provider that needs no addon'),
  ERR_MEMORY_LOCK: unavailable('Memory for keys could not be locked or has been wiped', 'Raise RLIMIT_MEMLOCK'),
  ERR_ABORTED: unavailable('The caller aborted, or a deadline passed', 'Retry, perhaps with more time'),
  ERR_KIND_UNSUPPORTED: unavailable('Evidence or endorsement of a kind that this version does not know', 'Update, or verify it with another tool'),
  ERR_CRYPTO_UNSUPPORTED: unavailable('This platform lacks an algorithm that is needed', 'Use a secure context (https) or a newer runtime'),
  ERR_COLLATERAL_MISSING: unavailable('A certificate or list that is needed to decide is not at hand', 'Ship endorsements with the evidence, name a file, or allow the network'),
  ERR_COLLATERAL_OFFLINE: unavailable('Collateral is not cached and the network is not allowed', 'Fill the cache first, or allow the network'),
  ERR_COLLATERAL_NETWORK: unavailable('The collateral service cannot be reached or is too slow', 'Retry later; cached collateral continues to work'),
  ERR_COLLATERAL_RATE_LIMIT: unavailable('The collateral service asks to wait', 'Wait as long as the details say; use the cache'),
  ERR_COLLATERAL_RESPONSE: unavailable('The collateral service answered with something else than the item asked for', 'Check the base URL and any proxy between'),
  ERR_COLLATERAL_STORE: unavailable('The store of cached collateral cannot be read or written', 'Check the directory and its permissions'),

  // Malformed
  ERR_ENCODING_HEX: evidence('Not hex text', stop),
  ERR_ENCODING_BASE64: evidence('Not base64 or base64url in canonical form', stop),
  ERR_ENCODING_DER: evidence('Not DER: wrong tag, length, form, or trailing bytes', stop),
  ERR_ENCODING_PEM: evidence('Not PEM', stop),
  ERR_ENCODING_CBOR: evidence('Not CBOR in the strict form, or too large or too deep', stop),
  ERR_ENCODING_JSON: evidence('Not JSON, or with duplicate keys, or too large or too deep', stop),
  ERR_CMW_FORMAT: evidence('Not a conceptual message wrapper, or one with unexpected content', stop),
  ERR_EVIDENCE_FORMAT: evidence('Evidence with a wrong length, a reserved field in use or a value out of range', stop),
  ERR_EVIDENCE_VERSION: evidence('Evidence in a version that is not accepted', stop),

  // Not genuine
  ERR_EVIDENCE_SIGNATURE: evidence('The signature over the evidence does not verify', stop),
  ERR_EVIDENCE_KEY: evidence('The endorsed key belongs to another chip, TCB or kind than the evidence', 'Fetch the endorsement for exactly this chip and reported TCB'),
  ERR_EVIDENCE_PRODUCT: evidence('Evidence, certificate and chain name different products', chain),
  ERR_EVIDENCE_SIMULATED: evidence('The evidence comes from a simulator, which proves nothing', 'Say allowSimulator in tests; never in production'),
  ERR_CERTIFICATE_FORMAT: evidence('A certificate is malformed or lacks what its profile requires', chain),
  ERR_CERTIFICATE_CHAIN: evidence('No chain of certificates leads from the leaf to a root', chain),
  ERR_CERTIFICATE_ROOT: evidence('The chain ends in a root whose key is not pinned', stop),
  ERR_CERTIFICATE_SIGNATURE: evidence('A certificate is not signed by its issuer', stop),
  ERR_CERTIFICATE_EXPIRED: evidence('A certificate has expired', chain),
  ERR_CERTIFICATE_NOT_YET_VALID: evidence('A certificate is not valid yet', 'Check the clock of this machine'),
  ERR_CERTIFICATE_USAGE: evidence('A certificate is used for what it does not permit: CA flag, path length, key usage or critical extension', stop),
  ERR_CERTIFICATE_REVOKED: evidence('A certificate is revoked', stop),
  ERR_CRL_FORMAT: evidence('A revocation list is malformed', chain),
  ERR_CRL_ISSUER: evidence('A revocation list is of another issuer or its signature does not verify', chain),
  ERR_CRL_EXPIRED: evidence('A revocation list is out of date or not valid yet', 'Fetch the current list'),
  ERR_COLLATERAL_FORMAT: evidence('Signed collateral is malformed', chain),
  ERR_COLLATERAL_SIGNATURE: evidence('Collateral is not signed by its vendor', stop),
  ERR_COLLATERAL_MISMATCH: evidence('Collateral belongs to another platform or kind of evidence', 'Fetch the collateral for exactly this platform'),
  ERR_COLLATERAL_EXPIRED: evidence('Collateral is out of date or not valid yet', 'Fetch the current collateral; check the clock'),
  ERR_TCB_UNSUPPORTED: evidence('No level of the TCB in the collateral matches this platform', stop),

  // Genuine, not wanted
  ERR_POLICY_KIND: policy('The policy accepts no evidence of this kind', 'Extend the policy if this kind is yours'),
  ERR_POLICY_SIMULATOR: policy('Evidence of the simulator, and the policy does not allow it', 'Say allowSimulator in a policy for tests only'),
  ERR_POLICY_REPORT_DATA: policy('The evidence was not made for this nonce or report data', 'Ask for fresh evidence; if it persists, stop: it may be a replay'),
  ERR_POLICY_MEASUREMENT: policy('A measured value is not one that the policy accepts', 'If this image is yours, add its value to the policy'),
  ERR_POLICY_DEBUG: policy('The guest can be debugged by its host', 'Start the guest without debugging'),
  ERR_POLICY_GUEST_POLICY: policy('The guest was launched with a policy or attributes that are not accepted', 'Launch the guest as the policy demands'),
  ERR_POLICY_TCB: policy('The platform firmware is older than the policy accepts', 'Update the platform, or lower the policy knowingly'),
  ERR_POLICY_ADVISORY: policy('A security advisory that the policy does not admit applies to the platform', 'Update the platform, or admit the advisory knowingly'),
  ERR_POLICY_VMPL: policy('The evidence was requested from a privilege level that is not accepted', 'Request it from the level that the policy names'),
  ERR_POLICY_PRODUCT: policy('The platform is of a product that is not accepted', 'Extend the policy if the product is yours'),
  ERR_POLICY_PLATFORM: policy('The platform has properties that are not accepted', 'Change the platform, or the policy'),
  ERR_POLICY_PLATFORM_ID: policy('The chip or platform is not one that the policy names', 'Extend the policy if the machine is yours'),
  ERR_POLICY_IDENTITY: policy('An identity given at launch (host data, id key, author key, family, image, owner) is not accepted', 'Launch the guest as the policy demands'),
  ERR_POLICY_SVN: policy('A security version number is lower than the policy accepts', 'Update the guest'),
  ERR_POLICY_SIGNER: policy('The evidence is signed by a kind of key that is not accepted', 'Extend the policy knowingly'),
  ERR_POLICY_COLLATERAL_AGE: policy('Collateral is older than the policy accepts', 'Refresh the collateral')
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>

/** Stable names of everything that can go wrong. */
export type ErrorCode = keyof typeof errorCodes
