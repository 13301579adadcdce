// Finds the TCB info of a platform and the identity of its quoting enclave.
import type { VerificationContext } from '../verifier.js'
import { type IntelTee, qeIdentityItem, qeIdOf, tcbInfoItem, validityOfSigned } from './items.js'
import { findCollateral } from './lookup.js'
import type { Found, Material } from './material.js'
import type { Pck } from './pck.js'
import type { SignedCollateral, SignedQeIdentity, SignedTcbInfo } from './signed-collateral.js'

/** @throws EvidenceError ERR_COLLATERAL_MISMATCH; UnavailableError ERR_COLLATERAL_MISSING, and those of the collateral source */
export function findTcbInfo(
  tee: IntelTee,
  pck: Pck,
  material: Material,
  context: VerificationContext
): Promise<Found<SignedTcbInfo>> {
  const { fmspc } = pck.extension
  const all = material.collateral.filter(isTcbInfo)
  const other = all[0]?.value.value
  const wanted = {
    what: `TCB info of ${tee} ${fmspc}`,
    candidates: all.filter(({ value }) => isOfPlatform(value, tee, pck)),
    foreign: other && `TCB info of ${other.tee} ${other.fmspc}`,
    item: () => tcbInfoItem(tee, fmspc),
    select: itself,
    validityOf: validityOfSigned
  }
  return findCollateral<SignedTcbInfo, SignedTcbInfo>(wanted, context)
}

/** @throws as `findTcbInfo` */
export function findQeIdentity(
  tee: IntelTee,
  material: Material,
  context: VerificationContext
): Promise<Found<SignedQeIdentity>> {
  const all = material.collateral.filter(isQeIdentity)
  const other = all[0]?.value.value
  const wanted = {
    what: `QE identity ${qeIdOf(tee)}`,
    candidates: all.filter(({ value }) => value.value.id === qeIdOf(tee)),
    foreign: other && `identity ${other.id}`,
    item: () => qeIdentityItem(tee),
    select: itself,
    validityOf: validityOfSigned
  }
  return findCollateral<SignedQeIdentity, SignedQeIdentity>(wanted, context)
}

export function isOfPlatform({ value }: SignedTcbInfo, tee: IntelTee, { extension }: Pck): boolean {
  return value.tee === tee && value.fmspc === extension.fmspc && value.pceId === extension.pceId
}

function isTcbInfo(found: Found<SignedCollateral>): found is Found<SignedTcbInfo> {
  return found.value.kind === 'tcb-info'
}

function isQeIdentity(found: Found<SignedCollateral>): found is Found<SignedQeIdentity> {
  return found.value.kind === 'qe-identity'
}

function itself<T>(value: T): T {
  return value
}
