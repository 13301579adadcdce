// The assertions about /dev/sev-guest as the SDK uses it, to be run where the device is emulated.
import { runAssertions } from './run-assertions.js'
import { sdkDevice, sdkDeviceBelowParavisor } from './sdk-device.js'

await runAssertions({ snp: sdkDevice, svsm: sdkDeviceBelowParavisor })
