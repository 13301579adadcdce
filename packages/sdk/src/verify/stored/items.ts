// What to fetch for whole families of platforms, before any evidence is at hand: for sites without a network.
import type { SnpProduct } from '../../evidence/index.js'
import type { CollateralItem } from '../collateral/collateral.js'
import { type IntelTee, pckCrlItem, pckIssuersItem, qeIdentityItem, rootCrlItem, tcbInfoItem } from '../intel/items.js'
import { chainItem, crlItem } from '../snp/kds.js'

/**
 * All that quotes of a family of Intel platforms need beside their own certificates.
 * @param fmspc hex of 6 bytes
 */
export function intelPlatformItems(tee: IntelTee, fmspc: string): readonly CollateralItem<unknown>[] {
  return [
    tcbInfoItem(tee, fmspc.toLowerCase()),
    qeIdentityItem(tee),
    rootCrlItem(),
    ...(['platform', 'processor'] as const).flatMap((ca) => [pckIssuersItem(ca), pckCrlItem(ca)])
  ]
}

/** Chains and lists of a product of AMD. The certificate of a chip is found with evidence of it. */
export function amdProductItems(product: SnpProduct): readonly CollateralItem<unknown>[] {
  return (['VCEK', 'VLEK'] as const).flatMap((key) => [chainItem(product, key), crlItem(product, key)])
}
