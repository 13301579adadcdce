// Builds the addon with one plain call of a C++ compiler: no generator, no network, and nothing at all when it is up to date.
//
//   node packages/native/build.mjs [--asan] [--optional]
//
// --asan      a variant with AddressSanitizer and UndefinedBehaviorSanitizer, in build/, for tests
// --optional  where it cannot be built, say so and succeed: everything but device calls works without it
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const here = import.meta.dirname
const asan = process.argv.includes('--asan')
const optional = process.argv.includes('--optional')

const output = asan
  ? join(here, 'build', 'tresor.asan.node')
  : join(here, 'prebuilds', `${process.platform}-${process.arch}`, 'tresor.glibc.node')

const warnings = ['-Wall', '-Wextra', '-Werror']
const defines = [
  '-DNAPI_VERSION=8',
  '-DNAPI_DISABLE_CPP_EXCEPTIONS',
  '-DNODE_ADDON_API_DISABLE_DEPRECATED',
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'
]
const code = [
  '-std=c++20',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-exceptions',
  '-fno-rtti',
  `-ffile-prefix-map=${here}=.`
]
const flavour = asan
  ? ['-O0', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
  : ['-O2', '-s', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2']
const linking = ['-shared', '-Wl,-z,relro,-z,now', '-Wl,--gc-sections']

build()

function build() {
  const compiler = process.platform === 'linux' ? findCompiler() : undefined
  if (compiler === undefined) return refuse()
  const sources = sourceFiles()
  const includes = includeFolders()
  const args = [...code, ...warnings, ...defines, ...includes, ...flavour, ...linking]
  const digest = digestOf([compiler, ...args], sources)
  if (isUpToDate(digest)) return
  compile(compiler, [...args, ...sources.filter((file) => file.endsWith('.cc'))])
  writeFileSync(stampOf(), digest)
  console.log(`addon built: ${output}`)
}

/** The output appears whole or not at all: another process may be loading the one before. */
function compile(compiler, args) {
  mkdirSync(dirname(output), { recursive: true })
  mkdirSync(dirname(stampOf()), { recursive: true })
  const temporary = `${output}.${process.pid}`
  const { status } = spawnSync(compiler, [...args, '-o', temporary], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  renameSync(temporary, output)
}

function refuse() {
  const reason = process.platform === 'linux' ? 'no C++ compiler (apt-get install g++)' : 'it is for Linux'
  console.error(`addon not built: ${reason}`)
  process.exit(optional ? 0 : 1)
}

function findCompiler() {
  const names = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
}

function includeFolders() {
  const require = createRequire(import.meta.url)
  const headers = dirname(require.resolve('node-api-headers/package.json'))
  const wrapper = dirname(require.resolve('node-addon-api/package.json'))
  return ['-isystem', join(headers, 'include'), '-isystem', wrapper]
}

function sourceFiles() {
  const folder = join(here, 'src')
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
}

function digestOf(command, files) {
  const hash = createHash('sha256').update(command.join('\0'))
  for (const file of files) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

function isUpToDate(digest) {
  return existsSync(output) && existsSync(stampOf()) && readFileSync(stampOf(), 'utf8') === digest
}

function stampOf() {
  return join(here, 'build', asan ? 'asan.sha256' : 'prebuild.sha256')
}
