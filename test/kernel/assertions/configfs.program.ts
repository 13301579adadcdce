// The assertions about configfs-tsm, to be run below FUSE.
import { configfsGroups } from './groups.js'
import { runAssertions } from './run-assertions.js'

await runAssertions(configfsGroups)
