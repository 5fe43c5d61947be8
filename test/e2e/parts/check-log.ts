// What the event log says afterwards, read from the file and not through the program: nothing lost, nothing twice.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ServiceEvent } from '../../../src/domain/service/event.ts'
import type { KillRun } from './kill-run.ts'
import type { ShopRepository } from './shop-repository.ts'

type Row = {
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly event: ServiceEvent
}

/** Every broken promise as a sentence; empty when all were kept. */
export function checkLog(state: string, run: KillRun, repository: ShopRepository): readonly string[] {
  const rows = readLog(state)
  const events = rows.filter(({ stream }) => stream.startsWith('service/')).map(({ event }) => event)
  return [
    ...checkOrder(rows),
    ...checkActs(events, run),
    ...checkChanges(events, repository.commits()),
    ...checkBuilds(events, repository),
    ...checkRollouts(events),
  ]
}

export function readLog(state: string): readonly Row[] {
  const store = new DatabaseSync(join(state, 'store', 'events.sqlite'), { readOnly: true })
  try {
    const query = `SELECT e.position, s.name AS stream, e.version, e.data FROM events e JOIN streams s ON s.id = e.stream
      ORDER BY e.position`
    return store
      .prepare(query)
      .all()
      .map((row) => ({
        position: Number(row['position']),
        stream: String(row['stream']),
        version: Number(row['version']),
        event: JSON.parse(String(row['data'])) as ServiceEvent,
      }))
  } finally {
    store.close()
  }
}

function checkOrder(rows: readonly Row[]): readonly string[] {
  const versions = new Map<string, number>()
  return rows.flatMap(({ stream, version, position }) => {
    const expected = (versions.get(stream) ?? 0) + 1
    versions.set(stream, version)
    return version === expected
      ? []
      : [`${stream} has version ${version} at ${position} instead of ${expected}`]
  })
}

function checkActs(events: readonly ServiceEvent[], run: KillRun): readonly string[] {
  const count = (type: string | undefined, mark: string): number =>
    events.filter((event) => (type === undefined || event.type === type) && marksOf(event).includes(mark))
      .length
  return [
    ...run.acknowledged.flatMap(({ act, mark, type }) =>
      count(type, mark) === 1
        ? []
        : [`${act} "${mark}" was acknowledged and is in the log ${count(type, mark)} times`],
    ),
    ...run.unanswered.flatMap((mark) => {
      const types = events.filter((event) => marksOf(event).includes(mark)).map(({ type }) => type)
      return new Set(types).size === types.length ? [] : [`"${mark}" is in the log as ${types.join(', ')}`]
    }),
  ]
}

function marksOf(event: ServiceEvent): readonly string[] {
  if (event.type === 'stage-locked') return [event.lock.reason]
  if (event.type === 'stage-unlocked') return [event.lock]
  return 'reason' in event ? [event.reason] : []
}

function checkChanges(events: readonly ServiceEvent[], commits: readonly string[]): readonly string[] {
  const merged = events.flatMap((event) => (event.type === 'change-merged' ? [event] : []))
  const wrong = merged.filter(
    ({ release, change }, index) => release !== index + 1 || change.sha !== commits[index],
  )
  const missing = commits.length - merged.length
  return [
    ...wrong.map(
      ({ release, change }) => `release #${release} is ${change.sha}, which is not the commit of that number`,
    ),
    ...(missing === 0 ? [] : [`${missing} commits have no release`]),
  ]
}

function checkBuilds(events: readonly ServiceEvent[], repository: ShopRepository): readonly string[] {
  const builds = repository.builds()
  const done = events.flatMap((event) => (event.type === 'build-succeeded' ? [event] : []))
  return [
    ...twice(done.map(({ release }) => `#${release}`)).map(
      (release) => `${release} was built with success twice`,
    ),
    ...done.flatMap(({ release, at }) =>
      builds
        .filter((build) => build.release === release && build.startedAt > at)
        .map(() => `#${release} was built again after its build had succeeded`),
    ),
  ]
}

function checkRollouts(events: readonly ServiceEvent[]): readonly string[] {
  const started = events.flatMap((event) => (event.type === 'rollout-started' ? [event] : []))
  const ended = events.flatMap((event) =>
    event.type === 'rollout-completed' || event.type === 'rollout-failed' ? [event] : [],
  )
  const name = ({ stage, rollout }: { readonly stage: string; readonly rollout: number }) =>
    `${stage}/${rollout}`
  const byItself = started.filter(({ direction, by }) => direction === 'forward' && by.kind === 'machine')
  const entered = Map.groupBy(byItself, ({ stage, release }) => `#${release} in ${stage}`)
  return [
    ...twice(started.map(name)).map((rollout) => `rollout ${rollout} started twice`),
    ...twice(ended.map(name)).map((rollout) => `rollout ${rollout} ended twice`),
    ...[...entered].flatMap(([what, entries]) => {
      const [first] = entries
      const again = first ? mayEnterAgain(events, first.stage, first.release) : 0
      return entries.length <= 1 + again ? [] : [`${what} entered ${entries.length} times by itself`]
    }),
  ]
}

/** A person's word, or the machine took it out for no fault of its own (behaviour 1.7). */
function mayEnterAgain(events: readonly ServiceEvent[], stage: string, release: number): number {
  return events.filter(
    (event) =>
      event.type === 'change-unrejected' ||
      (event.type === 'entry-retried' && event.stage === stage && event.release === release) ||
      (event.type === 'rollout-failed' &&
        event.stage === stage &&
        event.release === release &&
        !event.blames &&
        event.cause !== 'person'),
  ).length
}

function twice(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
