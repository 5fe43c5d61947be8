// What runs once and must not run twice, as a process of this machine: a release command. Its key is on disk before it
// starts, and a shell around it notes its exit code, so that both outlive us.
//
// record.json | end | its processes | what that means
// missing     | -   | -             | unknown: it never ran, and may be started
// there       | no  | some          | running
// there       | yes | -             | ended, with that code
// there       | no  | none          | lost: the machine stopped, or somebody killed all of it
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Environment, environmentKey } from '../../../domain/names.ts'
import { releaseWord } from '../../../domain/release-number.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Call } from '../../../ports/call.ts'
import type { Clock } from '../../../ports/clock.ts'
import { asPortFailure, PortFailure, staleFence } from '../../../ports/port-failure.ts'
import type { SecretStore } from '../../../ports/secret-store.ts'
import type { TaskLook, TaskRequest, TaskRunner } from '../../../ports/task-runner.ts'
import { readIfThere, writeDurably } from './durable-file.ts'
import { type CallerEnvironment, pathWithoutOurTools } from './instance-environment.ts'
import { asJson } from './instance-record.ts'
import { OutputFile, outputLimitsDefault } from './output-file.ts'
import { readBootId, readStat } from './proc.ts'
import { endGroup, groupMembers, type ProcessGroup } from './process-group.ts'

export type ProcessTasksOptions = {
  readonly stateDir: string
  readonly artifacts: Pick<ArtifactStore, 'lay'>
  readonly clock: Clock
  readonly secrets: Pick<SecretStore, 'read' | 'mask'>
  readonly callerEnv?: CallerEnvironment
  readonly bootId?: string
}

/** What an environment ran last; older ones are forgotten, log and all. */
const KEPT = 20
const WORDS_BYTES = 2_000

const recordShape = z.object({
  version: z.literal(1),
  key: z.string(),
  environment: z.object({ service: z.string(), stage: z.string() }),
  fence: z.number(),
  startedAt: z.number(),
  bootId: z.string(),
  termMs: z.number(),
  leader: z.object({ pid: z.int().min(2), startTicks: z.number() }).nullable(),
})
type TaskRecord = z.infer<typeof recordShape>

/** Goes on after a signal to the whole group, so that it can still write down how the command ended. */
const NOTING_SHELL =
  'trap : TERM INT HUP; /bin/sh -c "$1"; code=$?; echo "$code" > "$2.draft" && mv "$2.draft" "$2"'

export function createProcessTasks(options: ProcessTasksOptions): TaskRunner {
  const { clock, secrets, artifacts, stateDir } = options
  const callerEnv = options.callerEnv ?? process.env
  const bootId = options.bootId ?? readBootId()
  const begun = new Map<string, number>()
  let turn: Promise<unknown> = Promise.resolve()

  const folderOf = (key: string): string => join(stateDir, encodeURIComponent(key))
  const recordOf = async (key: string): Promise<TaskRecord | undefined> => {
    const text = await readIfThere(join(folderOf(key), 'record.json'))
    if (text === undefined) return undefined
    const read = recordShape.safeParse(asJson(text))
    if (read.success) return read.data
    throw new PortFailure(
      `What is known of ${key} in ${folderOf(key)} cannot be read. Look whether it still runs, then remove that folder.`,
      { code: 'tasks/state-unreadable', again: 'retry' },
    )
  }
  const endOf = async (key: string): Promise<number | null | undefined> => {
    const text = await readIfThere(join(folderOf(key), 'end'))
    if (text === undefined) return undefined
    const code = Number.parseInt(text, 10)
    return Number.isNaN(code) ? null : code
  }
  const outputOf = (key: string): OutputFile =>
    new OutputFile(join(folderOf(key), 'output.log'), outputLimitsDefault)

  const start = async (key: string, request: TaskRequest, call: Call): Promise<void> => {
    const folder = folderOf(key)
    if ((await recordOf(key)) !== undefined) return
    await refuseOlder(request.environment, call)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const part of ['home', 'tmp']) await mkdir(join(folder, part), { mode: 0o700 })
    await artifacts.lay(request.artifact, join(folder, 'app'))
    const values: Record<string, string> = {}
    for (const [name, version] of Object.entries(request.secrets))
      values[name] = await secrets.read({ environment: request.environment, name, version })
    if (call.signal.aborted) throw tooLate(call)
    const { environment, termMs } = request
    const noted: TaskRecord = {
      version: 1,
      key,
      environment,
      fence: call.fence,
      startedAt: clock.now(),
      bootId,
      termMs,
      leader: null,
    }
    // From here on nobody starts it again, whatever happens to us.
    await writeDurably(join(folder, 'record.json'), JSON.stringify(noted))
    const leader = spawnIn(folder, request, { ...environmentOf(key, request, folder), ...values })
    begun.set(key, clock.monotonicMs())
    await writeDurably(join(folder, 'record.json'), JSON.stringify({ ...noted, leader }))
    await forgetOld(environment)
  }

  const environmentOf = (key: string, request: TaskRequest, folder: string): Record<string, string> => ({
    PATH: pathWithoutOurTools(callerEnv['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', import.meta.dirname),
    LANG: callerEnv['LANG'] ?? 'C.UTF-8',
    ...(callerEnv['TZ'] === undefined ? {} : { TZ: callerEnv['TZ'] }),
    ...request.env,
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    SLUICE_SERVICE: request.environment.service,
    SLUICE_STAGE: request.environment.stage,
    SLUICE_RELEASE: releaseWord(request.release),
    SLUICE_TASK: key,
  })

  const all = async (): Promise<readonly TaskRecord[]> => {
    const names = await readdir(stateDir).catch(() => [])
    const found = await Promise.all(names.map((name) => recordOf(decodeURIComponent(name))))
    return found.filter((record) => record !== undefined)
  }
  const ofEnvironment = async (environment: Environment): Promise<readonly TaskRecord[]> =>
    (await all()).filter((record) => environmentKey(record.environment) === environmentKey(environment))

  const refuseOlder = async (environment: Environment, call: Call): Promise<void> => {
    const seen = Math.max(0, ...(await ofEnvironment(environment)).map(({ fence }) => fence))
    if (call.fence < seen) throw staleFence(`Environment ${environmentKey(environment)}`, seen, call.fence)
    if (call.signal.aborted) throw tooLate(call)
  }

  const forgetOld = async (environment: Environment): Promise<void> => {
    const newest = (await ofEnvironment(environment)).toSorted(
      (left, right) => right.startedAt - left.startedAt,
    )
    for (const { key } of newest.slice(KEPT))
      if ((await endOf(key)) !== undefined) await rm(folderOf(key), { recursive: true, force: true })
  }

  const look = async (key: string): Promise<TaskLook> => {
    const record = await recordOf(key)
    if (record === undefined) return { state: 'unknown' }
    const isRunning = groupMembers(groupOf(record, bootId)).length > 0
    const code = await endOf(key)
    if (code !== undefined) {
      await tidy(record)
      return { state: 'ended', code, words: await words(record) }
    }
    if (isRunning) {
      const since = begun.get(key)
      const forMs = since === undefined ? clock.now() - record.startedAt : clock.monotonicMs() - since
      return { state: 'running', forMs: Math.max(0, forMs) }
    }
    return { state: 'lost', words: await words(record) }
  }

  const words = async ({ key, environment }: TaskRecord): Promise<string> =>
    (await secrets.mask(environment, await outputOf(key).tail(WORDS_BYTES))).trim()

  /** What it left running would go on beside the instances; its copy of the artifact is of no further use. */
  const tidy = async (record: TaskRecord): Promise<void> => {
    const app = join(folderOf(record.key), 'app')
    const isThere = await stat(app).then(
      () => true,
      () => false,
    )
    if (!isThere) return
    await endGroup(groupOf(record, bootId), { termMs: record.termMs, clock })
    for (const part of ['app', 'home', 'tmp'])
      await rm(join(folderOf(record.key), part), { recursive: true, force: true })
  }

  const stop = async (key: string): Promise<void> => {
    const record = await recordOf(key)
    if (record === undefined || (await endOf(key)) !== undefined) return
    const group = groupOf(record, bootId)
    if (groupMembers(group).length === 0) return
    await endGroup(group, { termMs: record.termMs, clock })
    if ((await endOf(key)) === undefined) await writeDurably(join(folderOf(key), 'end'), 'signal\n')
  }

  /** Starts take turns: of two with one key the second finds what the first noted. */
  const inTurn = <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
    const next = turn.then(() => asFailures(act))
    turn = next.catch(() => undefined)
    return next
  }

  return {
    start: (key, request, call) => inTurn(() => start(key, request, call)),
    look: (key) => asFailures(() => look(key)),
    stop: (key) => asFailures(() => stop(key)),
    output: (key, limit) =>
      asFailures(async () => {
        const record = await recordOf(key)
        return record === undefined ? '' : secrets.mask(record.environment, await outputOf(key).tail(limit))
      }),
  }
}

function groupOf({ key, leader, bootId: bornIn }: TaskRecord, bootId: string): ProcessGroup {
  return { leader: bornIn === bootId ? leader : null, mark: `SLUICE_TASK=${key}`, isWatched: false }
}

function spawnIn(
  folder: string,
  { command }: TaskRequest,
  env: Readonly<Record<string, string>>,
): TaskRecord['leader'] {
  const output = openSync(join(folder, 'output.log'), 'a', 0o600)
  try {
    const child = spawn('/bin/sh', ['-c', NOTING_SHELL, 'sluice-task', command, join(folder, 'end')], {
      cwd: join(folder, 'app'),
      env,
      detached: true,
      stdio: ['ignore', output, output],
    })
    // What cannot be started is seen by its missing end; nobody else listens here.
    child.once('error', () => undefined)
    child.unref()
    const stat = child.pid === undefined ? undefined : readStat(child.pid)
    return stat === undefined ? null : { pid: stat.pid, startTicks: stat.startTicks }
  } finally {
    closeSync(output)
  }
}

function tooLate(call: Call): PortFailure {
  return new PortFailure(`The deadline of ${call.key} passed before it was started. Ask again.`, {
    code: 'tasks/deadline-passed',
    again: 'retry',
  })
}

async function asFailures<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act()
  } catch (error) {
    throw asPortFailure(error)
  }
}
