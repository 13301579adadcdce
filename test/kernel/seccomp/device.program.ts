// The assertions about /dev/sev-guest, to be run below the supervisor.
import { runAssertions } from '../assertions/run-assertions.js'
import { deviceBelowParavisor, deviceOfGuest } from './device-assertions.js'

await runAssertions({ snp: deviceOfGuest, svsm: deviceBelowParavisor })
