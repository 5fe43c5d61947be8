// `npm run demo:many-versions`, also on a fresh clone: installs, builds the page, plays.
import { become, buildPage, findNode, install } from './prepare.mjs'

install()
const node = findNode()
buildPage()
become(node, ['scripts/many-versions/main.ts', ...process.argv.slice(2)])
