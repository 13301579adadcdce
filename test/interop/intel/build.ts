// The other verifiers: are their toolchains and sources here, and building them. Builds stay in .cache/interop.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { missingParts, type SystemPart } from '../../support/system-parts.js'

export interface PeerBuild {
  readonly name: 'dcap-qvl' | 'go-tdx-guest'
  readonly part: SystemPart
  readonly folder: string
  /** What the toolchain says where all sources are on this machine. */
  readonly probe: readonly string[]
  /** What a person types to get the sources. */
  readonly fetch: string
  readonly build: readonly string[]
  readonly program: string
}

const here = import.meta.dirname
const builds = join(here, '../../../.cache/interop')
const maxBuildMs = 600_000

export const dcapQvl: PeerBuild = {
  name: 'dcap-qvl',
  part: 'cargo',
  folder: join(here, '../rust'),
  probe: ['cargo', 'tree', '--locked', '--offline'],
  fetch: 'cd test/interop/rust && cargo fetch --locked',
  build: ['cargo', 'build', '--release', '--locked', '--quiet'],
  program: join(builds, 'rust/release/tresor-interop-dcap-qvl')
}

export const goTdxGuest: PeerBuild = {
  name: 'go-tdx-guest',
  part: 'go',
  folder: join(here, '../go-tdx'),
  probe: ['go', 'list', '-mod=readonly', '-deps', '.'],
  fetch: 'cd test/interop/go-tdx && go mod download',
  build: ['go', 'build', '-mod=readonly', '-trimpath', '-o', join(builds, 'go-tdx-guest'), '.'],
  program: join(builds, 'go-tdx-guest')
}

/** Goes behind the name of what needs the peer; empty where it can be built. In CI and in long runs its sources are downloaded. */
export function peerSkipNote(peer: PeerBuild): string {
  const missing = missingParts([peer.part])
  if (missing !== undefined) return ` [skipped: ${missing.reason}: ${missing.install}]`
  if (mayDownload || run(peer.probe, peer.folder).status === 0) return ''
  return ` [skipped: needs the sources of ${peer.name}: ${peer.fetch}]`
}

/** @throws Error where it does not compile, or not within ten minutes */
export function buildPeer(peer: PeerBuild): void {
  const { status, stderr, error } = run(peer.build, peer.folder)
  if (status !== 0) throw new Error(`${peer.build.join(' ')}: ${error?.message ?? stderr}`)
}

const mayDownload = process.env.CI === 'true' || process.env.TRESOR_LONG === '1'

function run([command = '', ...args]: readonly string[], cwd: string): ReturnType<typeof spawnSync> {
  const offline = { GOPROXY: 'off', GOTOOLCHAIN: 'local', CARGO_NET_OFFLINE: 'true' }
  const env = { ...process.env, CARGO_TARGET_DIR: join(builds, 'rust'), ...(mayDownload ? {} : offline) }
  return spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: maxBuildMs, maxBuffer: 64 << 20 })
}
