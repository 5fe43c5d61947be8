// The repositories a server follows: which they are is kept in the event log; what their configuration says is read
// again whenever the file changes, and applied without a restart.
import { stat } from 'node:fs/promises'
import { loadConfig } from '../config/load/load-config.ts'
import { findConfigs } from '../config/load/find-config.ts'
import { writeMistake } from '../config/config-mistake.ts'
import type { Config } from '../config/complete/complete-config.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import type { Actor } from '../domain/names.ts'
import { machine } from '../domain/names.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

const STREAM = 'server'
const LOOK_MS = 2_000

type RepositoryAdded = { readonly folder: string; readonly by: Actor; readonly at: number }
type Followed = {
  readonly folder: string
  readonly changedMs: number
  /** Files that its configuration lies over. */
  readonly under: readonly string[]
  readonly config: Config | null
  readonly problems: readonly string[]
  /** Of these, what the rules refuse: it may be allowed later, with the same file. */
  readonly refused: readonly string[]
  /** When the problems were first seen. */
  readonly since: number
}
export type Added = { readonly services: readonly string[]; readonly problems: readonly string[] }

export type ConfigTrouble = { readonly code: string; readonly message: string; readonly since: number }

export interface Repositories {
  /** Reads the configuration of every repository that is followed. */
  recover(): Promise<void>
  add(folder: string, by: Actor): Promise<Added>
  configs(): readonly Config[]
  /** What is wrong with the configuration of a service, and since when; the last good one is in force meanwhile. */
  trouble(service: string): ConfigTrouble | undefined
  folderOf(service: string): string | undefined
  servicesIn(folder: string): readonly string[]
  /** After the troubles changed. */
  onChange(listener: () => void): () => void
  stop(): Promise<void>
}

export function createRepositories(parts: {
  readonly eventLog: EventLog
  readonly coordinator: Coordinator
  readonly clock: Clock
  readonly log: Log
  /** Settings beyond the services may have changed. */
  readonly changed: (configs: readonly Config[]) => Promise<void>
}): Repositories {
  const { eventLog, coordinator, clock, log } = parts
  const followed = new Map<string, Followed>()
  const listeners = new Set<() => void>()
  const stopped = new AbortController()

  const read = async (folder: string): Promise<Followed> => {
    const since = clock.now()
    const broken = (changedMs: number, problems: readonly string[]): Followed => ({
      folder,
      changedMs,
      under: [],
      config: null,
      problems,
      refused: [],
      since,
    })
    const [file, second] = await findConfigs(folder).catch(() => [])
    if (file === undefined)
      return broken(0, [`${folder} has no sluice.config.ts or sluice.yaml; "sluice init" proposes one`])
    const changedMs = await changedMsOf(file, second)
    if (second !== undefined)
      return broken(changedMs, [`${folder} has two configurations, ${file} and ${second}; keep one`])
    const loaded = await loadConfig(file)
    // Of a broken one only the files are known in which something is wrong.
    const under = loaded.ok ? loaded.under : filesBeside(file, loaded.mistakes)
    const allMs = changedMs + (await changedMsOf(...under))
    return loaded.ok
      ? { folder, changedMs: allMs, under, config: loaded.config, problems: [], refused: [], since }
      : { ...broken(allMs, loaded.mistakes.map(writeMistake)), under }
  }

  /** Hands the definitions over; a definition that the rules refuse is a problem of the file. */
  const apply = async (found: Followed, by: Actor): Promise<Followed> => {
    const refused: string[] = []
    for (const definition of found.config?.services ?? []) {
      const other = [...followed.values()].find(
        ({ folder, config }) =>
          folder !== found.folder && config?.services.some(({ service }) => service === definition.service),
      )
      if (other) {
        refused.push(`service ${definition.service} is already configured by ${other.folder}`)
        continue
      }
      const outcome = await coordinator.handle(definition.service, {
        type: 'configure',
        definition,
        at: clock.now(),
        by,
      })
      if (!outcome.done) refused.push(`${definition.service}: ${outcome.refusal.text}`)
    }
    const own = found.problems.filter((problem) => !found.refused.includes(problem))
    return { ...found, problems: [...own, ...refused], refused }
  }

  const follow = async (folder: string, by: Actor): Promise<Followed> => {
    return take(folder, await read(folder), by)
  }

  const take = async (folder: string, found: Followed, by: Actor): Promise<Followed> => {
    const known = followed.get(folder)
    // A broken file changes nothing: the last good one stays in force, and people are told.
    const applied = await apply(
      found.config === null && known ? { ...found, config: known.config } : found,
      by,
    )
    const isNews = known?.problems.join('\n') !== applied.problems.join('\n')
    followed.set(folder, isNews || !known ? applied : { ...applied, since: known.since })
    await parts.changed([...followed.values()].flatMap(({ config }) => config ?? []))
    if (!isNews) return applied
    for (const problem of applied.problems) log.error({ folder, problem }, 'a configuration was not applied')
    for (const listener of listeners) listener()
    return applied
  }

  /** The same file once more: only what is allowed by now, or refused in other words, is news. */
  const offerAgain = async (known: Followed): Promise<void> => {
    const by = machine('configuration file')
    const { refused } = await apply(known, by)
    if (refused.join('\n') !== known.refused.join('\n')) await take(known.folder, known, by)
  }

  /** Who configured it; a service of the log that nobody configures now belongs to a file that cannot be read. */
  const followedOf = (service: string): Followed | undefined => {
    const all = [...followed.values()]
    return (
      all.find(({ config }) => config?.services.some((one) => one.service === service)) ??
      all.find(({ config }) => config === null)
    )
  }

  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(LOOK_MS, stopped.signal)
      for (const known of followed.values()) {
        const { folder, changedMs, under, refused } = known
        const [file, second] = await findConfigs(folder).catch(() => [])
        const now = file === undefined ? 0 : await changedMsOf(file, second, ...under)
        if (now !== changedMs && !stopped.signal.aborted) await follow(folder, machine('configuration file'))
        // What kept a stage from going may be gone by now.
        else if (refused.length > 0 && !stopped.signal.aborted) await offerAgain(known)
      }
    }
  }
  const watching = watch()

  return {
    recover: async () => {
      for (const { data } of await eventLog.readStream(STREAM, 0))
        await follow((data as RepositoryAdded).folder, machine('server start'))
    },
    add: async (folder, by) => {
      const found = await read(folder)
      if (found.config === null) return { services: [], problems: found.problems }
      if (!followed.has(folder)) {
        const added: RepositoryAdded = { folder, by, at: clock.now() }
        for (let version = (await eventLog.readStream(STREAM, 0)).length; ; version += 1)
          if ((await eventLog.append(STREAM, version, [{ type: 'repository-added', data: added }])).appended)
            break
      }
      const applied = await follow(folder, by)
      return {
        services: applied.config?.services.map(({ service }) => service) ?? [],
        problems: applied.problems,
      }
    },
    configs: () => [...followed.values()].flatMap(({ config }) => config ?? []),
    trouble: (service) => {
      const found = followedOf(service)
      const [first, ...more] = found?.problems ?? []
      if (!found || first === undefined) return undefined
      const others = more.length === 0 ? '' : ` (and ${more.length} more: sluice config check)`
      return {
        code: 'config/not-applied',
        message: `${first}${others}. What was applied before stays in force until it is mended.`,
        since: found.since,
      }
    },
    folderOf: (service) =>
      [...followed.values()].find(({ config }) => config?.services.some((one) => one.service === service))
        ?.folder,
    servicesIn: (folder) => followed.get(folder)?.config?.services.map(({ service }) => service) ?? [],
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: async () => {
      stopped.abort()
      await watching
    },
  }
}

/** Changes when a file does, and when a second one appears or goes. Zero where there is none any more. */
function filesBeside(file: string, mistakes: readonly { readonly file: string }[]): readonly string[] {
  return [...new Set(mistakes.map((mistake) => mistake.file))].filter((other) => other !== file)
}

async function changedMsOf(...files: readonly (string | undefined)[]): Promise<number> {
  const times = await Promise.all(
    files.map(async (file) =>
      file === undefined
        ? 0
        : await stat(file).then(
            ({ mtimeMs }) => mtimeMs,
            () => 0,
          ),
    ),
  )
  return times.reduce((sum, time) => sum + time, 0)
}
