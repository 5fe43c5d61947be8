// `npm run demo`, also on a fresh clone: installs, builds, plays.
import { become, buildPage, findNode, install } from './prepare.mjs'

install()
const node = findNode()
buildPage()
become(node, ['scripts/demo/main.ts', ...process.argv.slice(2)])
