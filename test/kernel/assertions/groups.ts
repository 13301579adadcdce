// Which assertions hold in which world. The test files take the names from here, the program runs them.
import { configfsBlobs } from './configfs-blobs.js'
import { configfsFiles, configfsWithoutDriver } from './configfs-files.js'
import { configfsPrivlevel } from './configfs-privlevel.js'
import { sdkConfigfs, sdkWithoutSnp } from './sdk-configfs.js'
import { sdkTdxConfigfs, sdkWithoutTdx } from './sdk-tdx-configfs.js'
import type { Assertion, WorldName } from './world.js'

/** What holds for configfs-tsm, emulated or not. */
export const configfsGroups: Readonly<Record<WorldName, readonly Assertion[]>> = {
  snp: [...configfsFiles, ...configfsBlobs, ...configfsPrivlevel, ...sdkConfigfs, ...sdkWithoutTdx],
  svsm: [...configfsFiles, ...configfsBlobs, ...configfsPrivlevel, ...sdkConfigfs],
  tdx: [...configfsFiles, ...configfsBlobs, ...sdkTdxConfigfs, ...sdkWithoutSnp],
  none: [...configfsWithoutDriver, ...sdkWithoutSnp]
}
