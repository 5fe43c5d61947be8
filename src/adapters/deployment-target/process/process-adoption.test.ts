// What happens to instances when the server, or the machine, goes away and comes back.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { InstanceLook } from '../../../ports/deployment-target.ts'
import { isStillRunning, readStat } from './proc.ts'
import {
  eventually,
  node,
  openProcessStage,
  processesOf,
  type ProcessStage,
  recipe,
  server,
  shop,
} from './testing/process-stage.ts'

let stage: ProcessStage
let servers: ChildProcess[] = []

beforeEach(async () => {
  stage = await openProcessStage()
})
afterEach(async () => {
  for (const child of servers) child.kill('SIGKILL')
  servers = []
  await stage.end()
})

const scaled = async (
  command = `exec ${node} server.cjs`,
  count = 1,
  release = 1,
  role: 'live' | 'warm' = 'live',
) => {
  const artifact = await stage.artifacts.make({ 'server.cjs': server })
  await stage.scale({ release, artifact, run: recipe(command), count, role })
}
const recordPath = (id: string) => join(stage.folder, 'state', 'instances', id, 'record.json')
const changeRecord = async (
  id: string,
  change: (record: Record<string, unknown>) => Record<string, unknown>,
) => {
  const record = JSON.parse(await readFile(recordPath(id), 'utf8')) as Record<string, unknown>
  await writeFile(recordPath(id), JSON.stringify(change(record)))
}
const pidOf = async ({ port }: InstanceLook) =>
  Number(await (await fetch(`http://127.0.0.1:${port}/`)).text())
/** Ends one behind the back of a server that is gone, and waits until only a zombie, if anything, is left. */
const killed = async (pid: number) => {
  const startTicks = readStat(pid)!.startTicks
  process.kill(pid, 'SIGKILL')
  await eventually(() => !isStillRunning({ pid, startTicks }), 'the process killed')
}

test('a killed server leaves its instances running, and the next takes all of them over and restarts none', async () => {
  const artifact = await stage.artifacts.make({ 'server.cjs': server })
  const wish = {
    environment: shop,
    release: 1,
    artifact,
    run: recipe(`${node} server.cjs`),
    count: 3,
    env: {},
    role: 'live',
  }
  await stage.close()
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'testing', 'server-process.ts'),
      join(stage.folder, 'state'),
      join(stage.folder, 'artifacts'),
      JSON.stringify(wish),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  servers.push(child)
  const instancesFolder = join(stage.folder, 'state', 'instances')
  const records = async () => {
    const ids = await readdir(instancesFolder).catch(() => [])
    return Promise.all(
      ids.map(
        async (id) =>
          JSON.parse(await readFile(recordPath(id), 'utf8').catch(() => '{}')) as {
            port?: number
            process?: { pid: number; wasReady: boolean }
          },
      ),
    )
  }
  await eventually(async () => {
    const all = await records()
    return all.length === 3 && all.every((record) => record.process?.wasReady === true)
  }, 'three ready instances under the other server')
  const before = (await records()).map((record) => ({ port: record.port, pid: record.process?.pid }))
  child.kill('SIGKILL')
  await once(child, 'exit')

  await stage.open()
  const seen = await stage.instances()
  expect(seen.map(({ state, restarts }) => ({ state, restarts }))).toEqual(
    Array(3).fill({ state: 'ready', restarts: 0 }),
  )
  expect(new Set(seen.map(({ port }) => port))).toEqual(new Set(before.map(({ port }) => port)))
  const after = (await records()).map((record) => ({ port: record.port, pid: record.process?.pid }))
  expect(after).toEqual(before)

  // Nobody of ours is its parent now: it stays a zombie until the system collects it, and must not count as alive.
  await stage.close()
  process.kill(-before[0]!.pid!, 'SIGKILL')
  await stage.open()
  const again = await stage.ready(3)
  expect(again.map(({ restarts }) => restarts).sort((a, b) => a - b)).toEqual([0, 0, 1])
  expect(new Set(again.map(({ port }) => port))).toEqual(new Set(before.map(({ port }) => port)))
})

test('close lets go of instances without stopping them', async () => {
  await scaled(undefined, 2)
  const seen = await stage.ready(2)
  await stage.close()
  expect(await Promise.all(seen.map(pidOf))).toHaveLength(2)
  await stage.open()
  expect((await stage.instances()).map(({ id, state, restarts }) => ({ id, state, restarts }))).toEqual(
    seen.map(({ id }) => ({ id, state: 'ready', restarts: 0 })),
  )
})

test('one that ended while no server watched is started again as crashed, on its port', async () => {
  await scaled()
  const [before] = await stage.ready()
  const pid = await pidOf(before!)
  await stage.close()
  await killed(pid)
  await stage.open()
  const [after] = await stage.ready()
  expect(after).toMatchObject({ id: before!.id, port: before!.port, restarts: 1 })
  expect(after?.lastWords).toContain('ended while no server watched it')
})

test('one that no longer answers is ended and started again', async () => {
  await scaled()
  const [before] = await stage.ready()
  const pid = await pidOf(before!)
  await stage.close()
  process.kill(pid, 'SIGSTOP')
  await stage.open()
  const [after] = await stage.ready()
  expect(after).toMatchObject({ id: before!.id, restarts: 1 })
  expect(await pidOf(after!)).not.toBe(pid)
  expect(processesOf(before!.id)).not.toContain(pid)
})

test('one that was still starting goes on starting', async () => {
  await scaled(`sleep 1; exec ${node} server.cjs`)
  await stage.until((all) => processesOf(all[0]?.id ?? '').length > 0, 'started')
  await stage.reopen()
  const [seen] = await stage.ready()
  expect(seen?.restarts).toBe(0)
})

test('an adopted instance that dies is noticed and started again', async () => {
  await scaled()
  const [before] = await stage.ready()
  const pid = await pidOf(before!)
  await stage.reopen()
  process.kill(pid, 'SIGKILL')
  const [after] = await stage.until(
    (all) => all[0]?.restarts === 1 && all[0].state === 'ready',
    'ready again',
  )
  expect(after).toMatchObject({ port: before!.port })
})

test('a pid that now belongs to another process is not adopted and not signalled', async () => {
  await scaled()
  const [before] = await stage.ready()
  const pid = await pidOf(before!)
  await stage.close()
  await killed(pid)
  const stranger = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true })
  servers.push(stranger)
  await changeRecord(before!.id, (record) => ({
    ...record,
    process: { ...(record['process'] as object), pid: stranger.pid },
  }))
  await stage.open()
  const [after] = await stage.ready()
  expect(after?.restarts).toBe(1)
  expect(after?.lastWords).toContain('ended while no server watched it')
  expect(isStillRunning({ pid: stranger.pid!, startTicks: readStat(stranger.pid!)!.startTicks })).toBe(true)
})

test('after a reboot nothing counts as alive, everything starts again, and no instance is blamed', async () => {
  await scaled(undefined, 2)
  const before = await stage.ready(2)
  const pids = await Promise.all(before.map(pidOf))
  await stage.close()
  for (const pid of pids) await killed(pid)
  await stage.open({ bootId: 'another boot' })
  const after = await stage.ready(2)
  // On its old port, if nobody took it meanwhile: other programs on the machine may.
  expect(after.map(({ id, restarts, lastWords }) => ({ id, restarts, lastWords }))).toEqual(
    before.map(({ id }) => ({ id, restarts: 0, lastWords: null })),
  )
})

test('after a reboot the live release is up before the others start', async () => {
  await scaled(undefined, 1, 1, 'warm')
  await scaled(`sleep 0.5; exec ${node} server.cjs`, 1, 2, 'live')
  const [warm] = await stage.ready(1, 1)
  const [live] = await stage.ready(1, 2)
  await stage.close()
  for (const seen of [warm, live]) await killed(await pidOf(seen!))
  await stage.open({ bootId: 'another boot' })
  const [liveNow] = await stage.ready(1, 2)
  const [warmNow] = await stage.ready(1, 1)
  expect(warmNow!.startedAt).toBeGreaterThanOrEqual(liveNow!.startedAt + 500)
})

test('a process that was started just before its server died, and never noted, is ended', async () => {
  await scaled()
  const [before] = await stage.ready()
  const pid = await pidOf(before!)
  await stage.close()
  await changeRecord(before!.id, (record) => ({ ...record, process: null }))
  await stage.open()
  const [after] = await stage.ready()
  expect(await pidOf(after!)).not.toBe(pid)
  expect(processesOf(before!.id)).not.toContain(pid)
})

test('a damaged record is put right: its process is ended and a new instance takes its place', async () => {
  await scaled()
  const [before] = await stage.ready()
  await stage.close()
  await writeFile(recordPath(before!.id), '{"version":')
  await stage.open()
  const [after] = await stage.ready()
  expect(after?.id).not.toBe(before?.id)
  expect(processesOf(before!.id)).toEqual([])
})

test('wishes that cannot be read stop the target from starting rather than from keeping its word', async () => {
  await scaled()
  const [before] = await stage.ready()
  await stage.close()
  const path = join(stage.folder, 'state', 'environments', 'shop~staging.json')
  const kept = await readFile(path, 'utf8')
  await writeFile(path, 'not what was written')
  await expect(stage.open()).rejects.toMatchObject({ code: 'target/state-unreadable', again: 'never' })
  await writeFile(path, kept)
  await stage.open()
  expect((await stage.instances())[0]).toMatchObject({ id: before!.id, restarts: 0 })
})

test('a stop that a server did not finish is finished by the next', async () => {
  const artifact = await stage.artifacts.make({ 'server.cjs': `process.on('SIGTERM', () => {})\n${server}` })
  await stage.scale({ release: 1, artifact, run: recipe(`exec ${node} server.cjs`), count: 1 })
  const [before] = await stage.ready()
  await stage.scale({ release: 1, artifact: '', run: recipe('true'), count: 0 })
  await eventually(
    async () => (await readFile(recordPath(before!.id), 'utf8')).includes('"isStopping":true'),
    'noted',
  )
  await stage.reopen()
  await stage.gone()
  expect(processesOf(before!.id)).toEqual([])
  await expect(stat(recordPath(before!.id))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a state folder has one owner at a time', async () => {
  await expect(stage.open()).rejects.toMatchObject({ code: 'target/state-in-use', again: 'retry' })
})

test('a folder of the state that holds no record is removed', async () => {
  const orphan = join(stage.folder, 'state', 'instances', 'ins_orphan')
  await mkdir(join(orphan, 'app'), { recursive: true })
  await stage.reopen()
  await expect(stat(orphan)).rejects.toMatchObject({ code: 'ENOENT' })
})
