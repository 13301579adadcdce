// The assertions of one world, to be run in the virtual machine.
import { guestGroups } from './guest-groups.js'
import { runAssertions } from './run-assertions.js'

await runAssertions(guestGroups)
