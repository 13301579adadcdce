// What is asserted in the virtual machine beside configfs-tsm: devices, memory and sockets that only a kernel of our own has.
import { addonDevices } from './addon-devices.js'
import { addonMemory, addonVsock } from './addon-machine.js'
import { configfsGroups } from './groups.js'
import { guestDevice } from './guest-device.js'
import { sdkDevice } from './sdk-device.js'
import { unprivileged } from './unprivileged.js'
import type { Assertion } from './world.js'

export const guestGroups: Readonly<Record<string, readonly Assertion[]>> = {
  ...configfsGroups,
  device: [...addonDevices, ...sdkDevice, ...guestDevice],
  machine: [...addonMemory, ...addonVsock],
  unprivileged
}
