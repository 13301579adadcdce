// The first of README's two commands: install, build, and show the main job from end to end.
import { build } from './build.mjs'
import { must } from './run.mjs'

build()
must(process.execPath, ['packages/examples/demo/index.mjs', ...process.argv.slice(2)])
