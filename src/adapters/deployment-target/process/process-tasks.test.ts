// Release commands as real processes: never twice under one key, whoever dies.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TaskRequest, TaskRunner } from '../../../ports/task-runner.ts'
import { createSystemClock } from '../../clock/system/system-clock.ts'
import { createMemorySecrets } from '../../secret-store/memory/memory-secrets.ts'
import { hasVariable, listProcesses } from './proc.ts'
import { createProcessTasks } from './process-tasks.ts'
import { createFolderArtifacts } from './testing/folder-artifacts.ts'
import { callWith, eventually, shop } from './testing/process-stage.ts'

let folder: string
let tasks: TaskRunner
let artifact: string
const secrets = createMemorySecrets()
const KEY = 'shop/staging/rollout-1/release-1'

const open = (): TaskRunner =>
  createProcessTasks({
    stateDir: join(folder, 'tasks'),
    artifacts: createFolderArtifacts(join(folder, 'artifacts')),
    clock: createSystemClock(),
    secrets,
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tasks-'))
  tasks = open()
  artifact = await createFolderArtifacts(join(folder, 'artifacts')).make({ 'rows.txt': 'seven rows' })
})
afterEach(async () => {
  for (const { pid } of running()) process.kill(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

function running() {
  return listProcesses().filter(({ pid }) => hasVariable(pid, `SLUICE_TASK=${KEY}`))
}

function request(command: string, more: Partial<TaskRequest> = {}): TaskRequest {
  return { environment: shop, release: 1, artifact, command, env: {}, secrets: {}, termMs: 500, ...more }
}
const ended = async (key = KEY) => {
  await eventually(async () => (await tasks.look(key)).state === 'ended', 'its end')
  return tasks.look(key)
}

test('it runs in a copy of the artifact, with its variables and secrets, and secrets are masked', async () => {
  const version = await secrets.put(shop, 'PASSWORD', 'open sesame')
  await tasks.start(
    KEY,
    request('cat rows.txt; echo " $MODE $PASSWORD $SLUICE_STAGE"; echo ${PORT:-no port}; exit 3', {
      env: { MODE: 'fast' },
      secrets: { PASSWORD: version },
    }),
    callWith(1),
  )
  const look = await ended()
  expect(look).toMatchObject({ state: 'ended', code: 3 })
  expect(look.state === 'ended' && look.words).toMatch(
    /^seven rows fast \[secret PASSWORD\] staging\nno port$/,
  )
  expect(await readFile(join(folder, 'tasks', encodeURIComponent(KEY), 'record.json'), 'utf8')).not.toContain(
    'sesame',
  )
})

test('a key that is known starts nothing, also after the server that started it is gone', async () => {
  const command = `echo once >> ${join(folder, 'runs')}; sleep 0.3`
  await Promise.all([
    tasks.start(KEY, request(command), callWith(1)),
    tasks.start(KEY, request(command), callWith(1)),
  ])
  tasks = open()
  expect(await tasks.look(KEY)).toMatchObject({ state: 'running' })
  await tasks.start(KEY, request(command), callWith(2))
  expect(await ended()).toMatchObject({ code: 0 })
  await tasks.start(KEY, request(command), callWith(3))
  expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('once\n')
})

test('one that was killed whole is lost, and not started again under its key', async () => {
  await tasks.start(KEY, request(`echo once >> ${join(folder, 'runs')}; sleep 60`), callWith(1))
  await eventually(() => running().length >= 2, 'it runs')
  // All of it in one moment, as when the machine stops: whoever is left would note its end.
  process.kill(-(running()[0]?.group ?? 0), 'SIGKILL')
  await eventually(async () => (await tasks.look(KEY)).state === 'lost', 'that it is lost')
  await tasks.start(KEY, request('echo twice'), callWith(2))
  expect(await tasks.look(KEY)).toMatchObject({ state: 'lost' })
})

test('stop ends it with all it started, and its end is known', async () => {
  await tasks.start(KEY, request('sleep 60 & trap "" TERM; sleep 60'), callWith(1))
  await eventually(() => running().length >= 2, 'it runs')
  await tasks.stop(KEY)
  expect(running()).toEqual([])
  expect((await tasks.look(KEY)).state).toBe('ended')
  expect(await tasks.look(KEY)).not.toMatchObject({ code: 0 })
})

test('what it leaves running is ended when its end is seen', async () => {
  await tasks.start(KEY, request('sleep 60 & exit 0'), callWith(1))
  expect(await ended()).toMatchObject({ code: 0 })
  expect(running()).toEqual([])
})

test('an older fence is refused, and a key that was never started is unknown', async () => {
  await tasks.start(KEY, request('true'), callWith(5))
  const late = tasks.start('shop/staging/rollout-1/release-2', request('true'), callWith(4))
  await expect(late).rejects.toMatchObject({ code: 'fence/stale' })
  expect(await tasks.look('shop/staging/rollout-1/release-2')).toEqual({ state: 'unknown' })
  expect(await tasks.output('nobody', 100)).toBe('')
})

test('what cannot be laid was never started, and may be tried again', async () => {
  const missing = tasks.start(KEY, request('true', { artifact: 'sha256-none' }), callWith(1))
  await expect(missing).rejects.toMatchObject({ name: 'PortFailure' })
  expect(await tasks.look(KEY)).toEqual({ state: 'unknown' })
  await tasks.start(KEY, request('true'), callWith(1))
  expect(await ended()).toMatchObject({ code: 0 })
})
