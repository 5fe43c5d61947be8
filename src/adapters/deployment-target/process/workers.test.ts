// Processes without a port beside the one that has one, as real processes.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunRecipe, WorkerRecipe } from '../../../domain/pipeline/definition.ts'
import {
  eventually,
  node,
  openProcessStage,
  type ProcessStage,
  recipe,
  server,
} from './testing/process-stage.ts'

let stage: ProcessStage

beforeEach(async () => {
  stage = await openProcessStage()
})
afterEach(() => stage.end())

const WORKER = `
console.log('up', process.env.SLUICE_PROCESS, process.env.PORT ?? 'no port', process.env.MODE)
process.on('SIGTERM', () => { console.log('goes'); process.exit(0) })
setInterval(() => console.log('job done'), 20)
console.log('job failed')
`
const worker = (more: Partial<WorkerRecipe> = {}): WorkerRecipe => ({
  process: 'worker',
  command: `exec ${node} worker.cjs`,
  env: { MODE: 'its own' },
  termMs: 2_000,
  steadyMs: 200,
  ...more,
})

async function scaled(
  workers: Readonly<Record<string, number>>,
  more: { readonly worker?: Partial<WorkerRecipe>; readonly run?: Partial<RunRecipe> } = {},
) {
  const artifact = await stage.artifacts.make({ 'server.cjs': server, 'worker.cjs': WORKER })
  const run = {
    ...recipe(`exec ${node} server.cjs`),
    env: { MODE: 'of web' },
    workers: [worker(more.worker)],
  }
  await stage.scale({ release: 1, artifact, run: { ...run, ...more.run }, count: 1, workers })
}
const named = async (process: string | undefined) =>
  (await stage.instances()).filter((instance) => instance.process === process)

/** It may be well before its first words are there. */
const said = (id: string, words: string) =>
  eventually(async () => (await stage.target().output(id, 10_000)).includes(words), words)

test('each process has its own count, and only the main one has a port', async () => {
  await scaled({ worker: 2 })
  await stage.ready(3)
  expect((await named(undefined)).map(({ port }) => port > 0)).toEqual([true])
  const workers = await named('worker')
  expect(workers.map(({ port }) => port)).toEqual([0, 0])
  await said(workers[0]!.id, 'up worker no port its own')
  expect(workers[0]?.use.jobsDone).toBeUndefined()
})

test('a wish for other counts stops and starts workers, and leaves the main process alone', async () => {
  await scaled({ worker: 2 })
  const before = await stage.ready(3)
  await scaled({ worker: 0 })
  await stage.until((all) => all.length === 1, 'no worker left')
  expect((await named(undefined))[0]?.id).toBe(before.find(({ process }) => process === undefined)?.id)
  await scaled({ worker: 1 })
  await stage.ready(2)
})

test('it is well once it has run for a while, and one that ends again and again is told', async () => {
  await scaled({ worker: 1 }, { worker: { command: 'echo out of here; exit 3', steadyMs: 60_000 } })
  await stage.until(
    (all) => all.some(({ process, state }) => process === 'worker' && state === 'crash-looping'),
    'a worker in a crash loop',
  )
  const [looping] = await named('worker')
  expect(looping?.lastWords).toContain('exit code 3')
})

test('a worker is taken over by the next server, and counts on', async () => {
  const jobs = { done: ['job done'], failed: ['job failed'] }
  await scaled({ worker: 1 }, { worker: { jobs } })
  const before = await stage.ready(2)
  await eventually(async () => ((await named('worker'))[0]?.use.jobsDone ?? 0) > 3, 'jobs that were done')
  await stage.reopen()
  const after = await stage.ready(2)
  expect(after.map(({ id, restarts }) => [id, restarts])).toEqual(before.map(({ id }) => [id, 0]))
  await eventually(
    async () => ((await named('worker'))[0]?.use.jobsDone ?? 0) > 3,
    'jobs of before are known',
  )
  expect((await named('worker'))[0]?.use.jobsFailed).toBe(1)
})

test('a service without a port has no port, and is asked to end as others are', async () => {
  const artifact = await stage.artifacts.make({ 'worker.cjs': WORKER })
  const run = recipe(`exec ${node} worker.cjs`, { portless: { steadyMs: 100 }, process: 'sender' })
  await stage.scale({ release: 1, artifact, run, count: 2 })
  const [seen] = await stage.ready(2)
  expect(seen).toMatchObject({ port: 0 })
  await said(seen!.id, 'up sender no port')
  await stage.scale({ release: 1, artifact, run, count: 0 })
  await stage.gone()
})
