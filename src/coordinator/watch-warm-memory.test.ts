import { afterEach, expect, test } from 'vitest'
import { createManualClock } from '../adapters/clock/manual/manual-clock.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { service, stage, Story } from '../domain/service/testing/story.ts'
import type { FleetLook, HostMemory, InstanceLook } from '../ports/deployment-target.ts'
import { defaultPaces } from './ports.ts'
import { watchWarmMemory, type WatchedService } from './watch-warm-memory.ts'
import type { Work } from './work.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const GB = 1e9

let watching: ReturnType<typeof watchWarmMemory> | undefined
afterEach(() => watching?.stop())

/** `#3` is live, `#2` and `#1` are warm; what is asked of it is done to its story. */
function shop(
  name: string,
  bytesOf: (release: number) => number,
  host = 'one',
): WatchedService & { story: Story } {
  const story = new Story(service([stage('production', { watchMs: 60_000 })]))
    .merge()
    .settle()
    .merge()
    .settle()
    .merge()
    .settle()
  const instance = (release: number): InstanceLook => ({
    id: `${name}-${release}`,
    host,
    port: 1,
    state: 'ready',
    startedAt: 0,
    restarts: 0,
    lastWords: null,
    use: {
      cpuMs: 0,
      memoryBytes: bytesOf(release),
      threads: 1,
      fds: 1,
      readBytes: 0,
      writeBytes: 0,
      errorLines: 0,
    },
  })
  return {
    story,
    service: name,
    get state() {
      return story.state
    },
    fleets: () =>
      [1, 2, 3].map((release): FleetLook => ({ release, wanted: 1, instances: [instance(release)] })),
    work: {
      handle: async (command: ServiceCommand) => {
        if (command.type === 'report-warm-memory') story.report(command)
        return { done: true, events: [], version: 0 }
      },
    } as unknown as Work,
  }
}

async function watched(
  services: readonly WatchedService[],
  memory: (() => Promise<readonly HostMemory[]>) | undefined,
  looks = 1,
): Promise<void> {
  const clock = createManualClock()
  const target = memory === undefined ? {} : { memory }
  watching = watchWarmMemory({
    ports: { clock, log: quiet, target } as unknown as Parameters<typeof watchWarmMemory>[0]['ports'],
    paces: defaultPaces,
    limit: () => ({ kind: 'part', percent: 25 }),
    services: () => services,
  })
  await clock.advance(looks * defaultPaces.calmTickMs)
}

const host =
  (bytes: number, name = 'one') =>
  async () => [{ host: name, bytes }]
const said = ({ story }: { story: Story }): readonly string[] =>
  story.events.map(({ type }) => type).filter((type) => type.startsWith('warm-'))

test('what serves people is not counted', async () => {
  const one = shop('shop', (release) => (release === 3 ? 100 * GB : GB))
  await watched([one], host(8 * GB))
  expect(said(one)).toEqual([])
})

test('services are counted together, and one goes at each look until the rest fits', async () => {
  const two = [shop('cart', () => GB), shop('shop', () => GB)] as const
  await watched(two, host(12 * GB), 1)
  expect(two.map(said)).toEqual([['warm-cut'], []])
  await watching?.stop()
  await watched(two, host(12 * GB), 3)
  expect(two.map(said)).toEqual([['warm-cut'], []])
})

test('when only what a rollback would go to is left, people are told once and nothing more is cut', async () => {
  const one = shop('shop', () => 4 * GB)
  await watched([one], host(8 * GB), 5)
  expect(said(one)).toEqual(['warm-cut', 'warm-over-limit'])
  expect(one.state.stages['production']?.fleets[2]).toBeDefined()
})

test('each host is counted by itself', async () => {
  const two = [shop('cart', () => GB, 'one'), shop('shop', () => GB, 'two')] as const
  const hosts = async () => [
    { host: 'one', bytes: 8 * GB },
    { host: 'two', bytes: 4 * GB },
  ]
  await watched(two, hosts)
  expect(two.map(said)).toEqual([[], ['warm-cut']])
})

test('where nobody can tell how much memory there is, nothing is cut; nor where asking fails', async () => {
  const one = shop('shop', () => 100 * GB)
  await watched([one], undefined, 3)
  await watching?.stop()
  await watched([one], async () => Promise.reject(new Error('no answer')), 3)
  expect(said(one)).toEqual([])
})
