// One service with every default filled in.
import { isAbsolute, resolve } from 'node:path'
import type {
  BuildRecipe,
  HealthProbe,
  RunRecipe,
  ServiceDefinition,
  UserKey,
} from '../../domain/pipeline/definition.ts'
import { foreignAddresses } from '../../domain/pipeline/stage-addresses.ts'
import type { ConfigPath } from '../config-mistake.ts'
import type { WrittenService } from '../schema/service-schema.ts'
import { checkLikeness } from './check-likeness.ts'
import { type Processes, processesOf, webOf, workersIn } from './complete-processes.ts'
import { completeStage } from './complete-stage.ts'
import { DEFAULTS } from './defaults.ts'
import type { ProblemList } from './problem-list.ts'

export type ServicePlace = {
  readonly service: string
  /** Folder of the config file; a repository written as a folder is seen from there. */
  readonly folder: string
  readonly problems: ProblemList
  readonly people: Readonly<Record<string, readonly string[]>>
}

export function completeService(written: WrittenService, place: ServicePlace): ServiceDefinition {
  const path = ['services', place.service]
  checkStageNames(written, [...path, 'pipeline'], place.problems)
  sayForeignAddresses(written, [...path, 'pipeline'], place.problems)
  const processes = processesOf(written, path, place.problems) ?? ONE_PROCESS
  const stages = written.pipeline.map((stage, index) =>
    completeStage(stage, {
      path: [...path, 'pipeline', index],
      isLast: index === written.pipeline.length - 1,
      earlier: written.pipeline.slice(0, index).map((each) => each.stage),
      problems: place.problems,
      people: place.people,
      processes,
      metrics: metricsOf(written),
    }),
  )
  sayNotRun(written.build, [...path, 'build'], place.problems)
  checkLikeness(written.pipeline, stages, [...path, 'pipeline'], place.problems)
  return {
    service: place.service,
    source: completeSource(written.source, place.folder),
    build: completeBuild(written.build, written.source?.folder),
    run: completeRun(written, processes, path, place.problems),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    stages,
  }
}

/** An address of one environment among another's variables is named, with file and line. */
function sayForeignAddresses({ pipeline }: WrittenService, path: ConfigPath, problems: ProblemList): void {
  const stages = pipeline.map(({ stage, env = {} }) => ({ stage, env }))
  for (const { host, stage, variable, at } of foreignAddresses(stages))
    problems.note(
      [...path, pipeline.findIndex((one) => one.stage === at.stage), 'env', at.variable],
      `holds ${host}, an address of \`${stage}\` (its ${variable})`,
    )
}

function completeSource(written: WrittenService['source'], folder: string): ServiceDefinition['source'] {
  const git = written?.git ?? DEFAULTS.git
  const isRemote = isUrl(git)
  return {
    git: isRemote || isAbsolute(git) ? git : resolve(folder, git),
    branch: written?.branch ?? DEFAULTS.branch,
    pollMs: written?.poll ?? (isRemote ? DEFAULTS.pollUrlMs : DEFAULTS.pollFolderMs),
    // Left out where nothing is said of it: such a configuration means what it meant before.
    ...pathsOf(written),
  }
}

/** A folder is watched by itself; beside it what `paths` adds. */
function pathsOf(written: WrittenService['source']): { readonly paths?: readonly string[] } {
  const { folder, paths } = written ?? {}
  if (paths !== undefined) {
    // What is only left out is left out of the folder.
    const isOnlyLess = paths.every((path) => path.startsWith('!'))
    return { paths: folder !== undefined && isOnlyLess ? [folder, ...paths] : paths }
  }
  return folder === undefined || folder === '.' ? {} : { paths: [folder] }
}

/** A URL, or git's short form `user@host:path`. */
function isUrl(git: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(git) || /^[\w.-]+@[\w.-]+:/.test(git)
}

type WrittenBuild = Exclude<NonNullable<WrittenService['build']>, string | false>

function buildOf(written: WrittenService['build']): WrittenBuild {
  if (written === 'elsewhere') return { elsewhere: true }
  return typeof written === 'string' ? { command: written } : written === false ? {} : (written ?? {})
}

/** Nothing is run where it is built elsewhere. */
function sayNotRun(written: WrittenService['build'], path: ConfigPath, problems: ProblemList): void {
  const build = buildOf(written)
  if (!build.elsewhere) return
  for (const key of ['command', 'output', 'env'] as const)
    if (build[key] !== undefined)
      problems.add([...path, key], 'means nothing where it is built `elsewhere`; leave one of them out')
}

function completeBuild(written: WrittenService['build'], folder: string | undefined): BuildRecipe {
  const build = buildOf(written)
  return {
    command: build.command ?? null,
    ...(folder === undefined || folder === '.' ? {} : { folder }),
    output: build.output ?? DEFAULTS.buildOutput,
    limitMs: build.limit ?? DEFAULTS.buildLimitMs,
    env: build.env ?? {},
    // Left out where it is built here: such a configuration means what it meant before.
    ...(build.elsewhere ? { elsewhere: true } : {}),
  }
}

/** Where neither or both were written: that is said, and the rest is looked at all the same. */
const ONE_PROCESS: Processes = { main: 'web', hasPort: true, others: [], tellsJobs: false }

function completeRun(
  written: WrittenService,
  processes: Processes,
  service: ConfigPath,
  problems: ProblemList,
): RunRecipe {
  const path = [...service, ...(written.run === undefined ? ['processes', 'web'] : ['run'])]
  const { main, ...others } = workersIn(written, processes)
  const release = completeReleaseCommand(written.release)
  const web = webOf(written) ?? { command: main?.command ?? '', env: main?.env, term: main?.termMs }
  const run: Partial<WrittenRun> & { command: string } = typeof web === 'string' ? { command: web } : web
  return {
    command: run.command,
    health: completeHealth(run.health),
    // Left out where it is HTTP/1.1: such a configuration means what it meant before.
    ...(run.protocol === 'h2c' ? { protocol: run.protocol } : {}),
    userKey: completeUserKey(run.userKey, [...path, 'userKey'], problems),
    ...(run.customerKey === undefined
      ? {}
      : customerKeyOf(run.customerKey, [...path, 'customerKey'], problems)),
    ...tokensOf(run),
    ...concurrencyOf(run),
    ...measuredBy(run),
    ...(run.metrics === undefined ? {} : { metrics: run.metrics }),
    env: run.env ?? {},
    // Left out where there are none: a configuration that says nothing of them means what it meant before.
    ...(run.needs === undefined || run.needs.length === 0 ? {} : { needs: run.needs }),
    termMs: run.term ?? DEFAULTS.termMs,
    ...others,
    ...(release === undefined ? {} : { release }),
  }
}

function metricsOf(written: WrittenService): string | undefined {
  const web = webOf(written)
  return web === null || web === undefined || typeof web === 'string' ? undefined : web.metrics
}

function completeReleaseCommand(written: WrittenService['release']): RunRecipe['release'] {
  if (written === undefined) return undefined
  const release = typeof written === 'string' ? { command: written } : written
  return { command: release.command, limitMs: release.limit ?? DEFAULTS.releaseLimitMs }
}

type WrittenRun = Exclude<NonNullable<WrittenService['run']>, string>

function completeHealth(written: WrittenRun['health']): HealthProbe {
  const health = typeof written === 'string' ? { path: written } : (written ?? {})
  return { path: health.path ?? null, waitMs: health.wait ?? DEFAULTS.healthWaitMs }
}

function completeUserKey(
  written: WrittenRun['userKey'],
  path: ConfigPath,
  problems: ProblemList,
): UserKey | null {
  if (written === undefined) return null
  const { cookie, header } = written
  if (cookie !== undefined && header === undefined) return { from: 'cookie', name: cookie }
  if (header !== undefined && cookie === undefined) return { from: 'header', name: header.toLowerCase() }
  problems.add(path, 'must have either a `cookie` or a `header`')
  return null
}

/** Nothing where it was written wrongly: that is said, and the customer is the user meanwhile. */
function customerKeyOf(
  written: WrittenRun['customerKey'],
  path: ConfigPath,
  problems: ProblemList,
): Pick<RunRecipe, 'customerKey'> {
  const key = completeUserKey(written, path, problems)
  return key === null ? {} : { customerKey: key }
}

function concurrencyOf({ concurrency }: WrittenRun): Pick<RunRecipe, 'concurrency'> {
  if (concurrency === undefined) return {}
  const written = typeof concurrency === 'number' ? { perInstance: concurrency } : concurrency
  const { perInstance, waiting = DEFAULTS.waitingMax, wait = DEFAULTS.waitingMs } = written
  return { concurrency: { perInstance, waiting, waitMs: wait } }
}

/** Nothing where nobody's are believed. */
function tokensOf({ tokens }: WrittenRun): Pick<RunRecipe, 'tokens'> {
  if (tokens === undefined) return {}
  const { cookie, keys, issuer, audience } = tokens
  const from: UserKey =
    cookie === undefined ? { from: 'header', name: 'authorization' } : { from: 'cookie', name: cookie }
  return {
    tokens: {
      keys,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
      from,
    },
  }
}

/** Nothing where nothing is asked for: such a configuration means what it meant before. */
function measuredBy({ measureBy, customerKey }: WrittenRun): Pick<RunRecipe, 'measureBy'> {
  if (measureBy === undefined)
    return customerKey === undefined
      ? {}
      : { measureBy: [{ name: 'customer', attribute: { from: 'customer' } }] }
  const all = Object.entries(measureBy).map(([name, attribute]) => ({ name, attribute }))
  return all.length === 0 ? {} : { measureBy: all }
}

function checkStageNames(written: WrittenService, path: ConfigPath, problems: ProblemList): void {
  const names = written.pipeline.map((stage) => stage.stage)
  const formerNames = written.pipeline.map((stage) => stage.renamedFrom)
  for (const [index, { stage, renamedFrom }] of written.pipeline.entries()) {
    if (names.indexOf(stage) < index)
      problems.add([...path, index, 'stage'], `is a second \`${stage}\`; stages need names of their own`)
    if (renamedFrom === undefined) continue
    const place = [...path, index, 'renamedFrom']
    if (names.includes(renamedFrom))
      problems.add(place, `cannot be \`${renamedFrom}\`: there still is a stage of that name`)
    else if (formerNames.indexOf(renamedFrom) < index)
      problems.add(place, 'is already what another stage was called before')
  }
}
