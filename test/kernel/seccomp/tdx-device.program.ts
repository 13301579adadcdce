// The contract of providers on the TDX device, with a service on the host.
import { tdxDevice } from '@tresor/sdk/attest'
import { providerContract } from '@tresor/sdk/testing'
import { collectContract } from '../assertions/contract.js'
import { runAssertions } from '../assertions/run-assertions.js'

await runAssertions({
  tdx: collectContract((framework) => providerContract('tdx-device', () => tdxDevice({ port: 4050 }), framework))
})
