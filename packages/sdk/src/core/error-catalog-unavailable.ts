// The codes of UnavailableError: what each means, and what to do about it.
import { type Catalog, entry } from './error-catalog-entry.js'
import type { UnavailableCode } from './error-codes.js'

export const unavailable: Catalog<UnavailableCode> = {
  ERR_TEE_NOT_FOUND: entry(
    'No interface of a trusted execution environment works on this machine',
    'Run tresor doctor: it lists a reason and a remedy for each'
  ),
  ERR_DEVICE_MISSING: entry(
    'The device or directory of this provider does not exist',
    'Run inside a guest of this kind and load its kernel module'
  ),
  ERR_DEVICE_PERMISSION: entry(
    'The device exists, but this process may not use it',
    'Give the process the group or mode that the remedy names'
  ),
  ERR_DEVICE_BUSY: entry('The device or host throttles requests', 'Retry later; one request at a time'),
  ERR_DEVICE_REFUSED: entry(
    'Kernel, firmware or host refused the request',
    'See errno, fw_error and vmm_error in the details'
  ),
  ERR_DEVICE_KEY_LOST: entry(
    'The driver has wiped its message key after a failure',
    'Reboot the guest: nothing less helps'
  ),
  ERR_DEVICE_RESPONSE: entry(
    'The device answered with something that is not what was asked for',
    'Report it, with the kernel version'
  ),
  ERR_ADDON_MISSING: entry(
    'The native addon is not installed or does not load',
    'npm install @tresor/native, or use a provider that needs no addon'
  ),
  ERR_MEMORY_LOCK: entry('Memory for keys could not be locked or has been wiped', 'Raise RLIMIT_MEMLOCK'),
  ERR_ABORTED: entry('The caller aborted, or a deadline passed', 'Retry, perhaps with more time'),
  ERR_KIND_UNSUPPORTED: entry(
    'Evidence or endorsement of a kind that this version does not know',
    'Update, or verify it with another tool'
  ),
  ERR_CRYPTO_UNSUPPORTED: entry(
    'This platform lacks an algorithm that is needed',
    'Use a secure context (https) or a newer runtime'
  ),
  ERR_PART_MISSING: entry(
    'A part of the SDK that is loaded on demand could not be loaded',
    'Serve all files of the bundle, and let the content security policy admit them; then retry'
  ),
  ERR_COLLATERAL_MISSING: entry(
    'A certificate or list that is needed to decide is not at hand',
    'Ship endorsements with the evidence, name a file, or allow the network'
  ),
  ERR_COLLATERAL_OFFLINE: entry(
    'Collateral is not cached and the network is not allowed',
    'Fill the cache first, or allow the network'
  ),
  ERR_COLLATERAL_NETWORK: entry(
    'The collateral service cannot be reached or is too slow',
    'Retry later; cached collateral continues to work'
  ),
  ERR_COLLATERAL_RATE_LIMIT: entry(
    'The collateral service asks to wait',
    'Wait as long as the details say; use the cache'
  ),
  ERR_COLLATERAL_RESPONSE: entry(
    'The collateral service answered with something else than the item asked for',
    'Check the base URL and any proxy between'
  ),
  ERR_COLLATERAL_STORE: entry(
    'The store of cached collateral cannot be read or written',
    'Check the directory and its permissions'
  ),
  ERR_STORE_LOCKED: entry(
    'Another process writes to the store, or took it over',
    'Stop the other writer, or open the store read-only'
  ),
  ERR_STORE_BACKEND: entry(
    'The place where a store lies cannot be read or written: no space, no permission, an error of the disk, a service that is away',
    'Mend what the cause names and try again; what was committed is intact'
  ),
  ERR_STORE_ANCHOR: entry(
    'The service that remembers the newest version of the store cannot be asked',
    'Mend the TPM or the connection to the broker, and open the store again'
  ),
  ERR_STORE_CLOSED: entry('The store has been closed, or failed and must be opened anew', 'Open it again'),
  ERR_TPM_COMMAND: entry('The TPM refused a command or answered nonsense', 'Check the TPM and its state'),
  ERR_TLS_CONNECT: entry(
    'The server cannot be reached, or ended the connection before TLS was established',
    'Retry later; check host, port and the network between'
  ),
  ERR_TLS_CLOSED: entry('The peer ended the connection in the middle of the exchange of evidence', 'Retry'),
  ERR_TLS_TIMEOUT: entry(
    'Connecting, or the exchange of evidence, took longer than its deadline',
    'Retry; a peer whose device is slow needs a longer deadlineMs'
  ),
  ERR_TLS_UNAVAILABLE: entry(
    'This side or the peer cannot make or check evidence now',
    'Retry after as long as the details say'
  ),
  ERR_PROXY_LISTEN: entry(
    'A proxy cannot listen on an address of its configuration',
    'Free the address, or take another; ports below 1024 need a privilege'
  ),
  ERR_PROXY_BACKEND: entry(
    'The program beside a proxy cannot be reached, or ended the connection',
    'Start it, and check `to` in the configuration of the proxy'
  ),
  ERR_PROXY_LIMIT: entry(
    'A proxy has as many connections or handshakes as its configuration allows',
    'Retry; raise `limits` where that many are expected'
  )
}
