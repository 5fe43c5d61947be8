// `npm test`, also on a fresh clone: everything that must hold before a change is merged, and one closing line.
//   node scripts/test.mjs [--fast]     --fast: without the end-to-end tests
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPage, findNode, install, root, runHere } from './prepare.mjs'

/** Always from seed 1 on; long runs on fresh seeds are `npm run sim`. */
const SEEDS = '100'
const isFast = process.argv.includes('--fast')
install()
const node = findNode()
buildPage()

const counts = { passed: 0, failed: 0 }
const bin = (name) => join(root, 'node_modules', '.bin', name)

/** One thing that passes or fails as a whole. */
function whole(name, command, args) {
  console.log(`\n${name}`)
  const passed = runHere(command, args).status === 0
  counts[passed ? 'passed' : 'failed'] += 1
}

/** Vitest's own numbers; a run that could not even count is one failure more. */
function suites(name, filters) {
  console.log(`\n${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  const file = join(folder, 'results.json')
  try {
    const args = ['run', ...filters, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const { status } = runHere(node, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args])
    const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    const failed = results.numFailedTests ?? 0
    counts.passed += results.numPassedTests ?? 0
    counts.failed += status !== 0 && failed === 0 ? 1 : failed
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

whole('types', bin('tsc'), ['-p', '.'])
whole('types of the domain alone', bin('tsc'), ['-p', 'src/domain'])
whole('types of the web page', bin('tsc'), ['-p', 'web'])
whole('lint', bin('oxlint'), ['.'])
whole('format', bin('biome'), ['format', '.'])
suites('unit, contract and repository tests', ['--exclude', 'test/e2e/**'])
whole('simulation, the same seeds every time', node, ['simulation/run.ts', '--seeds', SEEDS])
if (!isFast) suites('end to end', ['test/e2e'])

console.log(`\n${counts.passed} passed, ${counts.failed} failed`)
process.exit(counts.failed === 0 ? 0 : 1)
