import { expect, test } from 'vitest'
import { deploymentTargetContract } from '../../../extend/contracts/deployment-target.contract.ts'
import type { FleetWish } from '../../../ports/deployment-target.ts'
import { createManualClock } from '../../clock/manual/manual-clock.ts'
import { ScriptedHosts } from './scripted-hosts.ts'
import { lifeAt, type ReleaseScript } from './scripted-life.ts'
import { createScriptedTarget, type ScaleFault } from './scripted-target.ts'

const run = { command: '', health: { path: null, waitMs: 500 }, userKey: null, env: {}, termMs: 0 }
const staging = { service: 'shop', stage: 'staging' }

deploymentTargetContract('scripted', async () => {
  const clock = createManualClock()
  // The suite wishes each release with one behaviour; the artifact carries it.
  const behaviours: Record<string, ReleaseScript> = {
    well: { readyAfterMs: 200, stopMs: 100 },
    'never-ready': { neverReady: true },
    'ends-at-once': { crashAfterMs: 0 },
  }
  const wished = new Map<number, ReleaseScript>()
  const hosts = new ScriptedHosts({ clock, script: ({ release }) => wished.get(release) ?? {} })
  const connect = () => {
    const target = createScriptedTarget({ hosts })
    return {
      ...target,
      scale: async (wish: FleetWish, call: Parameters<typeof target.scale>[1]) => {
        wished.set(wish.release, behaviours[wish.artifact] ?? {})
        await target.scale(wish, call)
      },
    }
  }
  let target = connect()
  return {
    target: () => target,
    reopen: async () => {
      await target.close()
      target = connect()
    },
    recipe: (behaviour) => ({ artifact: behaviour, run }),
    worker: () => ({ process: 'worker', command: '', env: {}, termMs: 0, steadyMs: 100 }),
    eventually: async (holds, what) => {
      for (let steps = 0; !(await holds()); steps += 1) {
        if (steps > 1_000) throw new Error(`did not come about within 50 s of its time: ${what}`)
        await clock.advance(50)
      }
    },
    end: () => target.close(),
  }
})

function opened(script: ReleaseScript = {}, faults: readonly (ScaleFault | undefined)[] = []) {
  const clock = createManualClock()
  const hosts = new ScriptedHosts({ clock, script: () => script })
  const pending = [...faults]
  const target = createScriptedTarget({ hosts, faultOf: () => pending.shift() })
  const scale = (count: number, fence: number, signal = new AbortController().signal, release = 1) =>
    target.scale(
      { environment: staging, release, artifact: 'a', run, count, env: {}, role: 'live' },
      { key: `k${fence}`, fence, signal },
    )
  const wanted = async () => (await target.look(staging)).find(({ release }) => release === 1)?.wanted ?? 0
  const first = async () => (await target.look(staging))[0]!.instances[0]!
  return { clock, hosts, target, scale, wanted, first }
}

test('a refused wish is not noted, and may be asked again', async () => {
  const { scale, wanted } = opened({}, [{ kind: 'refuse' }])
  await expect(scale(1, 1)).rejects.toMatchObject({ code: 'target/refused', again: 'retry' })
  expect(await wanted()).toBe(0)
  await scale(1, 1)
  expect(await wanted()).toBe(1)
})

test.each([
  ['one that hangs is not noted', { kind: 'hang' }, 0],
  ['one whose answer is lost is noted', { kind: 'lose-answer' }, 2],
] as const)('%s, and both end at the deadline', async (_, fault, noted) => {
  const { scale, wanted } = opened({}, [fault])
  const deadline = new AbortController()
  const asked = scale(2, 1, deadline.signal)
  deadline.abort()
  await expect(asked).rejects.toMatchObject({ code: 'target/deadline-passed', again: 'retry' })
  expect(await wanted()).toBe(noted)
})

test('a late wish lands at its time, and starts what it wants then', async () => {
  const { clock, scale, wanted, first } = opened({ readyAfterMs: 100 }, [
    { kind: 'land-late', afterMs: 1_000 },
  ])
  const deadline = new AbortController()
  const asked = scale(2, 1, deadline.signal)
  deadline.abort()
  await expect(asked).rejects.toMatchObject({ again: 'retry' })
  await clock.advance(999)
  expect(await wanted()).toBe(0)
  await clock.advance(51)
  expect(await wanted()).toBe(2)
  expect(await first()).toMatchObject({ state: 'starting', startedAt: clock.now() - 50 })
})

test('a late wish does not undo what a newer fence has done', async () => {
  const { clock, scale, wanted } = opened({}, [{ kind: 'land-late', afterMs: 1_000 }])
  const deadline = new AbortController()
  const asked = scale(2, 1, deadline.signal)
  deadline.abort()
  await expect(asked).rejects.toMatchObject({ again: 'retry' })
  await scale(1, 2)
  await clock.advance(2_000)
  expect(await wanted()).toBe(1)
})

test('an instance killed from outside is restarted after its pause, and counted', async () => {
  const { clock, hosts, scale, first } = opened()
  await scale(1, 1)
  await clock.advance(1_000)
  hosts.kill((await first()).id)
  expect(await first()).toMatchObject({ state: 'starting', restarts: 1 })
  await clock.advance(100)
  expect(await first()).toMatchObject({ state: 'ready', restarts: 1, lastWords: 'exit code 1' })
})

test('unhealthy is a span of a run, and what is used grows with age', async () => {
  const use = { errorLinesPerSecond: 2, memoryBytes: 7 }
  const { clock, scale, first } = opened({ unhealthy: { fromMs: 1_000, toMs: 3_000 }, use })
  await scale(1, 1)
  const states: string[] = []
  for (let second = 0; second < 4; second += 1) {
    states.push((await first()).state)
    await clock.advance(1_000)
  }
  expect(states).toEqual(['ready', 'unhealthy', 'unhealthy', 'ready'])
  expect((await first()).use).toMatchObject({ errorLines: 8, memoryBytes: 7 })
})

test('looking changes nothing: a life is the same whether it was watched or not', async () => {
  const script = { readyAfterMs: 300, crashAfterMs: 2_000 }
  const watched = opened(script)
  const unwatched = opened(script)
  await watched.scale(1, 1)
  await unwatched.scale(1, 1)
  for (let steps = 0; steps < 500; steps += 1) {
    await watched.first()
    await watched.clock.advance(137)
  }
  await unwatched.clock.advance(137 * 500)
  expect(await unwatched.first()).toEqual(await watched.first())
})

test('days of crashing are counted without walking through them, and stay exact', () => {
  const given = { waitMs: 500, killedAtMs: [] }
  const dayMs = 86_400_000
  // A crash after 5 s and the slow pace of 10 s: four ends a minute.
  const before = lifeAt(dayMs, { crashAfterMs: 5_000 }, given)
  const after = lifeAt(dayMs + 15_000, { crashAfterMs: 5_000 }, given)
  expect(before.state).toBe('crash-looping')
  expect(after.restarts - before.restarts).toBe(1)
  expect(after.runBeganMs - before.runBeganMs).toBe(15_000)
  expect(before.restarts).toBeGreaterThan(5_750)
})

test('rare crashes are restarts, never a loop', () => {
  const life = lifeAt(600_000, { crashAfterMs: 70_000 }, { waitMs: 500, killedAtMs: [] })
  expect(life).toMatchObject({ state: 'ready', restarts: 8 })
})
