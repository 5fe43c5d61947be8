// npm run sim -- --seeds 500 [--from N] [--seed X --trace] [--twice] [--json]
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FAULT_NAMES } from './faults.ts'
import { EVENT_TYPES } from './event-types.ts'
import { simulate, type SimulationResult } from './simulate.ts'

/** From so many seeds on, a fault that never fired or an event never seen is a fault of the simulation. */
const SEEDS_FOR_COVERAGE = 200
/** A sample: that a seed is the same story again is a property of the code, and holds for all of them or breaks often. */
const TWICE_EVERY = 25
const failures = fileURLToPath(new URL('./failures/', import.meta.url))

export type Report = {
  readonly seeds: number
  readonly violations: readonly { readonly seed: string; readonly rule: string; readonly detail: string }[]
  readonly nondeterministic: readonly string[]
  /** So many were played once more and compared. */
  readonly playedTwice: number
  readonly faultsNeverFired: readonly string[]
  readonly eventsNeverSeen: readonly string[]
  /** By processor time of one core. */
  readonly seedsPerSecond: number
}

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

// Faults are thrown by the thousand, and nobody reads where.
if (!options.trace) Error.stackTraceLimit = 0

const crashed: Report['violations'][number][] = []
const report = await runSeeds(seedsOf())
if (options.json) console.log(JSON.stringify(report))
else console.log(summary(report))
process.exitCode = isGood(report) ? 0 : 1

function seedsOf(): readonly string[] {
  if (options.seed !== undefined) return [options.seed]
  return Array.from({ length: Number(options.seeds) }, (_, index) => String(Number(options.from) + index))
}

async function runSeeds(seeds: readonly string[]): Promise<Report> {
  const violations: Report['violations'][number][] = []
  const nondeterministic: string[] = []
  let playedTwice = 0
  const fired = new Set<string>()
  const seen = new Set<string>()
  const began = process.cpuUsage()
  for (const [index, seed] of seeds.entries()) {
    const result = await played(seed)
    if (!result) continue
    for (const name of result.faults.keys()) fired.add(name)
    for (const type of result.events.keys()) seen.add(type)
    if (result.violation) {
      violations.push({ seed, ...result.violation })
      await tellOfFailure(result)
    }
    if (options.twice || index % TWICE_EVERY === 0) {
      playedTwice += 1
      const again = await simulate(seed)
      if (again.hash !== result.hash) nondeterministic.push(seed)
    }
  }
  return {
    seeds: seeds.length,
    violations: [...violations, ...crashed],
    nondeterministic,
    playedTwice,
    faultsNeverFired: FAULT_NAMES.filter((name) => !fired.has(name)),
    eventsNeverSeen: EVENT_TYPES.filter((type) => !seen.has(type)),
    seedsPerSecond: Math.round((10 * seeds.length * 1e6) / cpuMicroseconds(began)) / 10,
  }
}

/** A seed that throws has failed like any other, and the rest is played on. */
async function played(seed: string): Promise<SimulationResult | undefined> {
  try {
    return await simulate(seed, options.trace ? { show: (line) => console.error(line) } : {})
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    console.error(`seed ${seed}: crashed: ${detail}\n  npm run sim -- --seed ${seed} --trace\n`)
    crashed.push({ seed, rule: 'nothing crashes', detail })
    return undefined
  }
}

function cpuMicroseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

/** The seed, the broken rule, the last lines, the command to see it all; and the scenario as a file. */
async function tellOfFailure(result: SimulationResult): Promise<void> {
  const { seed, violation, lastLines, plan, script } = result
  console.error(
    [
      `seed ${seed}: broken: ${violation?.rule}`,
      `  ${violation?.detail}`,
      ...lastLines.map((line) => `  | ${line.slice(0, 220)}`),
      `  npm run sim -- --seed ${seed} --trace`,
      '',
    ].join('\n'),
  )
  await mkdir(failures, { recursive: true })
  await writeFile(
    `${failures}${seed}.json`,
    `${JSON.stringify({ seed, violation, plan, script }, null, 2)}\n`,
  )
}

function isGood({ seeds, violations, nondeterministic, faultsNeverFired, eventsNeverSeen }: Report): boolean {
  if (violations.length + nondeterministic.length > 0) return false
  return seeds < SEEDS_FOR_COVERAGE || faultsNeverFired.length + eventsNeverSeen.length === 0
}

function summary(done: Report): string {
  const rules = new Map<string, string[]>()
  for (const { rule, seed } of done.violations) rules.set(rule, [...(rules.get(rule) ?? []), seed])
  return [
    `${done.seeds} seeds, ${done.violations.length} violations, ${done.seedsPerSecond} seeds a second`,
    ...[...rules].map(([rule, seeds]) => `  ${seeds.length} x ${rule} (${seeds.slice(0, 8).join(' ')})`),
    `nondeterministic: ${done.nondeterministic.join(' ') || 'none'} of ${done.playedTwice} played twice`,
    `faults that never fired: ${done.faultsNeverFired.join(', ') || 'none'}`,
    `events never seen: ${done.eventsNeverSeen.join(', ') || 'none'}`,
  ].join('\n')
}
