import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { RunRecipe, StageDefinition } from '../../domain/pipeline/definition.ts'
import { secretsOfSource } from '../../domain/analysis/sources/analysis-definition.ts'
import type { Intent } from '../../domain/service/intent.ts'
import type { PlanInstance } from '../../domain/traffic/plan.ts'
import type { FleetLook, FleetWish, InstanceLook } from '../../ports/deployment-target.ts'
import { plainOf, secretsOf, settingsOf } from '../../domain/service/settings.ts'
import { stageOf } from '../../domain/service/state.ts'
import { call, lookUntil, type Deed } from './deed.ts'

type Scale = Extract<Intent, { do: 'scale' }>

/** Asks for the instances and waits until all are ready, or until one shows that they never will be. */
export async function scale(intent: Scale, deed: Deed): Promise<ServiceCommand | undefined> {
  const { target, clock } = deed.ports
  const wish = wishOf(deed, intent.stage, intent.fleet)
  if (!wish) return undefined
  await mustReadSecrets(deed, wish)
  await call(deed, deed.fence, (bounded) => target.scale(wish, bounded))
  const by = machine('target')
  let isTold = false
  /** It goes on being tried: nobody waits for it but the track that should lead there. */
  const tellOnce = async (message: string, at: number): Promise<void> => {
    if (isTold) return
    isTold = true
    await deed.report({
      type: 'report-track-fleet',
      stage: intent.stage,
      release: wish.release,
      message,
      at,
      by,
    })
  }
  return lookUntil<ServiceCommand>(deed, async () => {
    const look = (await target.look(wish.environment)).find((fleet) => fleet.release === wish.release)
    const at = clock.now()
    if (look && hasAll(look, wish))
      return {
        type: 'report-fleet',
        stage: intent.stage,
        release: wish.release,
        count: wish.count,
        // As it was wanted: a process that this release does not have is not wanted of it again and again.
        ...(intent.fleet.workers === undefined ? {} : { workers: intent.fleet.workers }),
        askedAt: deed.fence,
        instances: addresses(
          look,
          wish.count,
          deed.state.stages[intent.stage]?.fleets[wish.release]?.instances ?? [],
        ),
        at,
        by,
      }
    const broken = look?.instances.find(({ state }) => state === 'failed' || state === 'crash-looping')
    if (broken && intent.beside)
      return {
        type: 'report-beside-failed',
        stage: intent.stage,
        release: wish.release,
        message: lastWords(broken),
        at,
        by,
      }
    if (!broken) return undefined
    if (intent.rollout === null) {
      await tellOnce(lastWords(broken), at)
      return undefined
    }
    return {
      type: 'report-fleet-failed',
      stage: intent.stage,
      release: wish.release,
      rollout: intent.rollout,
      step: intent.step,
      cause: broken.state === 'failed' ? 'health' : 'crash',
      message: lastWords(broken),
      tick: deed.tick(intent.stage),
      at,
      by,
    }
  })
}

/** Nothing is asked for that could not be started: the failure says which secret, and what to do. */
export async function mustReadSecrets(
  { ports }: Deed,
  { environment, secrets = {} }: FleetWish,
): Promise<void> {
  for (const [name, version] of Object.entries(secrets))
    await ports.secrets.read({ environment, name, version })
}

export function wishOf(deed: Deed, stage: string, fleet: Scale['fleet']): FleetWish | undefined {
  const named = deed.state.stages[stage]?.plan.arms.find((arm) => arm.release === fleet.release)
  const definition = deed.state.definition?.stages.find((candidate) => candidate.stage === stage)
  const release = deed.state.releases[fleet.release]
  if (!definition || release?.build.state !== 'done') return undefined
  const { artifact, run } = release.build
  const settings = settingsOf(stageOf(deed.state, stage), fleet.release)
  return {
    environment: { service: deed.service, stage },
    release: fleet.release,
    artifact,
    run,
    count: fleet.count,
    ...workersOf(run, fleet),
    keep: named?.instances.map(({ id }) => id),
    env: { ...plainOf(settings), SLUICE_SHA: release.change.sha },
    secrets: secretsForInstances(definition, run, secretsOf(settings)),
    role: fleet.role,
  }
}

/** Keys of a metric source are for asking it: instances get them only where the recipe says that they need them. */
function secretsForInstances(
  { analysis }: StageDefinition,
  { needs = [] }: RunRecipe,
  secrets: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  if (analysis === undefined) return secrets
  const keys = new Set(secretsOfSource(analysis.source).filter((name) => !needs.includes(name)))
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => !keys.has(name)))
}

/** Of those that are wanted, the ones that this release has: another commit may have other processes. */
function workersOf(
  { workers = [] }: RunRecipe,
  { workers: wanted }: Scale['fleet'],
): Pick<FleetWish, 'workers'> {
  if (wanted === undefined) return {}
  const known = Object.entries(wanted).filter(([name]) => workers.some(({ process }) => process === name))
  return { workers: Object.fromEntries(known) }
}

/** Everything that is wanted is ready, and of the other processes nothing runs that is not. */
function hasAll(look: FleetLook, { count, workers }: FleetWish): boolean {
  const of = (name: string | undefined): readonly InstanceLook[] =>
    look.instances.filter(({ process }) => process === name)
  const readyOf = (name: string | undefined): number =>
    of(name).filter(({ state }) => state === 'ready').length
  if (readyOf(undefined) < count) return false
  if (workers === undefined) return true
  const present = new Set(look.instances.flatMap(({ process }) => (process === undefined ? [] : [process])))
  return (
    Object.entries(workers).every(([name, wanted]) => readyOf(name) >= wanted) &&
    [...present].every((name) => of(name).length <= (workers[name] ?? 0))
  )
}

/**
 * Instances for a plan to name: those it may name already, as long as they are there (what was judged is what stays),
 * then others that are ready, as the target lists them. May be fewer than `count`.
 */
export function addresses(
  look: FleetLook,
  count: number,
  named: readonly PlanInstance[],
): readonly PlanInstance[] {
  const there = look.instances.filter(
    ({ process, state }) => process === undefined && state !== 'stopping' && state !== 'failed',
  )
  const kept = named.flatMap(({ id }) => there.find((instance) => instance.id === id) ?? [])
  const fresh = there.filter((instance) => instance.state === 'ready' && !kept.includes(instance))
  return [...kept, ...fresh].slice(0, count).map(({ id, host, port }) => ({ id, host, port }))
}

function lastWords(instance: InstanceLook): string {
  const words = instance.lastWords === null ? '' : `: ${inShort(instance.lastWords)}`
  const it = instance.process === undefined ? 'it' : `its process ${instance.process}`
  return instance.state === 'failed'
    ? `${it} never answered its health check${words}`
    : `${it} ends by itself again and again${words}`
}

/** It goes into sentences that people read in many places; all that was said is in the logs. */
const WORDS_MAX = 400

/** What ends again and again says the same each time: every line once. */
export function inShort(words: string): string {
  const once = [...new Set(words.split('\n').map((line) => line.trimEnd()))].filter((line) => line !== '')
  const text = once.join('\n')
  return text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX - 1)}…` : text
}
