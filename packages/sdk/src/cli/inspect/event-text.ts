// Types of events, and what is readable of their data. TCG PC Client Platform Firmware Profile 1.06, sections 10.2.6 and 10.4.1.
import type { LoggedEvent } from '../../evidence/event-log/index.js'

const types: Readonly<Record<number, string>> = {
  0: 'EV_PREBOOT_CERT',
  1: 'EV_POST_CODE',
  3: 'EV_NO_ACTION',
  4: 'EV_SEPARATOR',
  5: 'EV_ACTION',
  6: 'EV_EVENT_TAG',
  7: 'EV_S_CRTM_CONTENTS',
  8: 'EV_S_CRTM_VERSION',
  9: 'EV_CPU_MICROCODE',
  10: 'EV_PLATFORM_CONFIG_FLAGS',
  11: 'EV_TABLE_OF_DEVICES',
  12: 'EV_COMPACT_HASH',
  13: 'EV_IPL',
  14: 'EV_IPL_PARTITION_DATA',
  15: 'EV_NONHOST_CODE',
  16: 'EV_NONHOST_CONFIG',
  17: 'EV_NONHOST_INFO',
  18: 'EV_OMIT_BOOT_DEVICE_EVENTS',
  19: 'EV_POST_CODE2',
  2147483649: 'EV_EFI_VARIABLE_DRIVER_CONFIG',
  2147483650: 'EV_EFI_VARIABLE_BOOT',
  2147483651: 'EV_EFI_BOOT_SERVICES_APPLICATION',
  2147483652: 'EV_EFI_BOOT_SERVICES_DRIVER',
  2147483653: 'EV_EFI_RUNTIME_SERVICES_DRIVER',
  2147483654: 'EV_EFI_GPT_EVENT',
  2147483655: 'EV_EFI_ACTION',
  2147483656: 'EV_EFI_PLATFORM_FIRMWARE_BLOB',
  2147483657: 'EV_EFI_HANDOFF_TABLES',
  2147483658: 'EV_EFI_PLATFORM_FIRMWARE_BLOB2',
  2147483659: 'EV_EFI_HANDOFF_TABLES2',
  2147483660: 'EV_EFI_VARIABLE_BOOT2',
  2147483661: 'EV_EFI_GPT_EVENT2',
  2147483664: 'EV_EFI_HCRTM_EVENT',
  2147483872: 'EV_EFI_VARIABLE_AUTHORITY',
  2147483873: 'EV_EFI_SPDM_FIRMWARE_BLOB',
  2147483874: 'EV_EFI_SPDM_FIRMWARE_CONFIG'
}

const variableTypes: readonly number[] = [0x8000_0001, 0x8000_0002, 0x8000_000c, 0x8000_00e0]

/** A GUID, then the lengths of name and value in 8 bytes each; the name follows. */
const variableHeaderBytes = 32
const maxTextBytes = 1024
const maxText = 96

export function eventTypeName(type: number): string {
  return types[type] ?? `type 0x${type.toString(16)}`
}

/** Runs of ASCII in what the guest's firmware wrote beside the digest; a variable by its name. Empty where nothing is readable. */
export function eventText({ type, data }: LoggedEvent): string {
  if (variableTypes.includes(type)) return readable(variableName(data))
  return readable(data.subarray(0, maxTextBytes))
}

function variableName(data: Uint8Array): Uint8Array {
  const [low = 0, high = 0] = data.subarray(16, 18)
  const length = Math.min(2 * (low + 256 * high), maxTextBytes)
  return data.subarray(variableHeaderBytes, variableHeaderBytes + length)
}

/** Text of UEFI is UTF-16: without its zero bytes it reads as ASCII does. */
function readable(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.filter((byte) => byte !== 0))
  const runs = text.match(/[\x20-\x7e]{2,}/g) ?? []
  const readableRuns = runs.length === 1 && runs[0] === text ? runs : runs.filter((run) => run.length >= 4)
  return readableRuns.join(' ').slice(0, maxText)
}
