// `npm run bench -- NAME [--json] [--quick]`: measures, and says with its exit code whether every goal was reached.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Bench, type BenchResult, machine } from './parts/figure.ts'

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  'hands-free': () => import('./hands-free.ts'),
  rollback: () => import('./rollback.ts'),
  coordinator: () => import('./coordinator.ts'),
  recover: () => import('./recover.ts'),
  judge: () => import('./judge.ts'),
  router: () => import('./router.ts'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
})
const [name] = positionals
const load = name === undefined ? undefined : BENCHES[name]
if (name === undefined || load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--quick]`)
  process.exit(64)
}
const { bench } = await load()
const [loadBefore] = loadavg()
const measured = await bench((sentence) => console.error(sentence), { isQuick: values.quick })
const result: BenchResult = {
  bench: name,
  machine: `${machine()}, load ${loadOf(loadBefore)} before and ${loadOf(loadavg()[0])} after`,
  ...measured,
}
if (values.json) console.log(JSON.stringify(result))
else print(result)
process.exitCode = result.figures.every(({ holds }) => holds) ? 0 : 1

function loadOf(average = 0): string {
  return average.toFixed(1)
}

function print({ bench: title, machine: where, figures, notes }: BenchResult): void {
  console.log(`${title}, on ${where}\n`)
  const rows = [
    ['figure', 'ours', 'rival', 'ratio', 'goal', 'holds'],
    ...figures.map((each) => [
      each.name,
      String(each.ours),
      String(each.rival ?? '-'),
      String(each.ratio ?? '-'),
      each.goal,
      each.holds ? 'yes' : 'NO',
    ]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  for (const note of notes) console.log(`\n${note}`)
}
