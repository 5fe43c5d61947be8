// All that is seen of one environment at about one moment, and the tick that two such looks make.
import type { Tick } from '../domain/analysis/tick.ts'
import type { Environment, EpochMs, ReleaseNumber } from '../domain/names.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import { stageOf, type ServiceState, type StageState } from '../domain/service/state.ts'
import type { InstanceTold } from '../ports/instance-metrics.ts'
import { sourceAsked } from './ask-source.ts'
import type { CoordinatorPorts } from './ports.ts'
import { readTick, type Reading } from './read-tick.ts'
import { askInstances, toldNow, withMetrics, type ToldBefore } from './told-by-instances.ts'
import { readNeighbours, withNeighbourTicks, type NeighbourReading } from './watch-neighbours.ts'

export type Look = Reading & {
  /** What instances told this time, of what alarms are set on. */
  readonly told: readonly InstanceTold[]
  /** What each of them told last; counters are told by their growth. */
  readonly toldLast: ToldBefore
  /** What was counted of the services that are watched. */
  readonly neighbours: readonly NeighbourReading[]
}

type LookPorts = Pick<CoordinatorPorts, 'metrics' | 'target' | 'instanceMetrics' | 'clock'>

/** `before`: the last look; undefined for the first one. */
export async function lookAround(
  ports: LookPorts,
  environment: Environment,
  state: ServiceState,
  definition: StageDefinition,
  before: Look | undefined,
): Promise<Look> {
  const asked = sourceAsked(state, definition, stageOf(state, definition.stage))
  const [traffic, fleets, told, neighbours] = await Promise.all([
    ports.metrics.read(environment, asked),
    ports.target.look(environment),
    // Whom the last look found: who is new is asked from the next one on.
    askInstances(ports.instanceMetrics, definition.alarms ?? [], before?.fleets ?? [], (release) =>
      metricsPath(state, release),
    ),
    readNeighbours(ports.metrics, definition.watches ?? [], definition.stage),
  ])
  const atMs = ports.clock.monotonicMs()
  const toldLast = toldNow(before?.toldLast ?? NOTHING_TOLD, told, atMs)
  return { traffic, fleets, told, toldLast, neighbours, atMs }
}

const NOTHING_TOLD: ToldBefore = new Map()

/** Where a release tells its metrics is its own: the next one may have moved it. */
function metricsPath({ releases }: ServiceState, release: ReleaseNumber): string | undefined {
  const build = releases[release]?.build
  return build?.state === 'done' ? build.run.metrics : undefined
}

export function tickBetween(
  before: Look,
  after: Look,
  {
    definition,
    ...span
  }: {
    readonly seq: number
    readonly at: EpochMs
    readonly spanMs: number
    readonly stage: StageState
    readonly definition: StageDefinition
    /** Generation of the plan that was acknowledged before the span began; undefined where it came later. */
    readonly acknowledged: number | undefined
  },
): Tick {
  const { alarms, portless = false } = definition
  const seen = readTick({ ...span, portless, before, after })
  const own =
    alarms === undefined
      ? seen
      : withMetrics(seen, {
          alarms,
          fleets: after.fleets,
          before: before.toldLast,
          now: after.told,
          queried: after.traffic.told ?? [],
          sourceTrouble: after.traffic.trouble,
        })
  return withNeighbourTicks(own, before.neighbours, after.neighbours)
}
