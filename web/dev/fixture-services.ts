// Services that go their way: building, rolling out, baking, locked by somebody.
import type { ReleaseRow, ServiceView } from '../../src/api/board.ts'
import { arm, dayMs, hourMs, lock, minuteMs, release, service, stage } from './fixture-parts.ts'

export const machine = { kind: 'machine', rule: 'pipeline' } as const

const stepsOfProduction = [
  { label: 'one box', percent: 10, soakMs: 10 * minuteMs },
  { label: '25%', percent: 25, soakMs: 2 * minuteMs },
  { label: '50%', percent: 50, soakMs: 2 * minuteMs },
  { label: 'all', percent: 100, soakMs: 2 * minuteMs },
]

export function line(
  at: number,
  newest: number,
  standings: readonly Parameters<typeof release>[2][],
): ReleaseRow[] {
  return standings.map((parts, index) => release(at, newest - index, parts ?? {}))
}

export function live(releases: readonly ReleaseRow[], number: number): ReleaseRow {
  const found = releases.find((each) => each.release === number)
  if (found === undefined) throw new Error(`the fixture has no release ${number}`)
  return found
}

const past = { standings: { staging: 'superseded', production: 'superseded' } } as const

export function calmService(at: number, name: string): ServiceView {
  const releases = line(at, 44, [
    { standings: { staging: 'live', production: 'live' }, mergedAt: at - 5 * hourMs },
    { standings: { staging: 'warm', production: 'warm' }, mergedAt: at - 9 * hourMs },
    { ...past, mergedAt: at - 26 * hourMs },
    { ...past, mergedAt: at - 28 * hourMs },
  ])
  return service(name, releases, [
    stage('staging', live(releases, 44), {
      liveSince: at - 4.6 * hourMs,
      arms: [
        arm(44, { requestsPerS: 4.2, errorPercent: 0, instances: { wanted: 2, ready: 2, restarts: 0 } }),
      ],
    }),
    stage('production', live(releases, 44), { liveSince: at - 3.2 * hourMs, warm: [43], arms: [arm(44)] }),
  ])
}

export function rolloutService(at: number): ServiceView {
  const releases = line(at, 46, [
    {
      standings: { staging: 'building', production: 'waiting' },
      mergedAt: at - 3 * minuteMs,
      artifact: null,
      build: { state: 'running', attempt: 1, message: null, startedAt: at - 70_000, endedAt: null },
    },
    {
      standings: { staging: 'live', production: 'rolling-out' },
      mergedAt: at - 95 * minuteMs,
      mergedBy: 'ben',
    },
    { standings: { staging: 'superseded', production: 'live' }, mergedAt: at - 9 * hourMs },
    { standings: { staging: 'superseded', production: 'warm' }, mergedAt: at - 26 * hourMs },
  ])
  return service('shop', releases, [
    stage('staging', live(releases, 45), {
      liveSince: at - 90 * minuteMs,
      arms: [
        arm(45, { requestsPerS: 4.2, errorPercent: 0, instances: { wanted: 2, ready: 2, restarts: 0 } }),
      ],
    }),
    stage('production', live(releases, 44), {
      liveSince: at - 7 * hourMs,
      rollout: {
        rollout: 61,
        release: 45,
        from: 44,
        direction: 'forward',
        lane: 'normal',
        paused: null,
        asksConfirm: false,
        startedAt: at - 15 * minuteMs,
        by: machine,
        step: 2,
        steps: stepsOfProduction,
        phase: 'soaking',
        phaseSince: at - 75_000,
        soakedMs: 72_000,
        why: [],
      },
      arms: [
        arm(44, {
          weightPercent: 75,
          instances: { wanted: 10, ready: 10, restarts: 0 },
          requestsPerS: 136.9,
        }),
        arm(45, {
          weightPercent: 25,
          instances: { wanted: 3, ready: 3, restarts: 0 },
          requestsPerS: 45.5,
          errorPercent: 0.09,
          latencyMsP95: 169,
        }),
      ],
    }),
  ])
}

export function bakingService(at: number): ServiceView {
  const releases = line(at, 47, [
    { standings: { staging: 'baking', production: 'waiting' }, mergedAt: at - 9 * minuteMs },
    { standings: { staging: 'baking', production: 'waiting' }, mergedAt: at - 31 * minuteMs },
    {
      standings: { staging: 'baking', production: 'waiting' },
      mergedAt: at - 64 * minuteMs,
      coAuthors: ['chris'],
    },
    { standings: { staging: 'superseded', production: 'live' }, mergedAt: at - 9 * hourMs },
    { standings: { staging: 'superseded', production: 'warm' }, mergedAt: at - 26 * hourMs },
  ])
  return service('shop', releases, [
    stage('staging', live(releases, 47), {
      liveSince: at - 4 * minuteMs,
      bake: {
        changes: [
          { release: 45, watchedMs: 60 * minuteMs, requests: 412 },
          { release: 46, watchedMs: 26 * minuteMs, requests: 188 },
          { release: 47, watchedMs: 4 * minuteMs, requests: 31 },
        ],
        forMs: hourMs,
        requests: 100,
        ownMs: 6 * minuteMs,
        ownServedMs: 4 * minuteMs,
        hold: null,
        asked: null,
      },
      arms: [
        arm(47, { requestsPerS: 4.2, errorPercent: 0, instances: { wanted: 2, ready: 2, restarts: 0 } }),
      ],
    }),
    stage('production', live(releases, 44), {
      liveSince: at - 7 * hourMs,
      warm: [43],
      window: {
        open: true,
        changesAt: at + 3 * hourMs,
        zone: 'America/New_York',
        text: 'mon-fri 09:00-18:00 New York',
      },
      waiting: [
        {
          release: 45,
          why: [
            {
              code: 'bake/own',
              text: 'It goes on inside #47, which has not served its own time yet',
              until: at + 2 * minuteMs,
            },
          ],
        },
        { release: 46, why: [{ code: 'bake/time', text: 'Bakes in staging', until: at + 34 * minuteMs }] },
        { release: 47, why: [{ code: 'bake/time', text: 'Bakes in staging', until: at + 56 * minuteMs }] },
      ],
    }),
  ])
}

export function lockedService(at: number): ServiceView {
  const waiting = [50, 49, 48, 47, 46, 45]
  const releases = line(at, 50, [
    { standings: { staging: 'live', production: 'waiting' }, mergedAt: at - 20 * minuteMs },
    ...[1, 2, 3, 4, 5].map((hours) => ({
      standings: { staging: 'superseded', production: 'waiting' } as const,
      mergedAt: at - hours * hourMs,
    })),
    { standings: { staging: 'superseded', production: 'live' }, mergedAt: at - 9 * hourMs },
  ])
  return service('shop', releases, [
    stage('staging', live(releases, 50), {
      liveSince: at - 12 * minuteMs,
      arms: [
        arm(50, { requestsPerS: 4.2, errorPercent: 0, instances: { wanted: 2, ready: 2, restarts: 0 } }),
      ],
    }),
    stage('production', live(releases, 44), {
      liveSince: at - 40 * minuteMs,
      warm: [43],
      locks: [
        lock(at, { incident: 'https://status.example.com/incidents/318' }),
        lock(at, {
          id: 'lock-2',
          owner: 'ben',
          reason: 'database upgrade',
          incident: null,
          suspect: null,
          since: at - 2 * hourMs,
          expiresAt: at + 40 * minuteMs,
        }),
      ],
      window: {
        open: false,
        changesAt: at + 2 * dayMs,
        zone: 'America/New_York',
        text: 'mon-fri 09:00-18:00 New York',
      },
      waiting: waiting.toReversed().map((each) => ({
        release: each,
        why: [{ code: 'gate/locked', text: 'anna and ben have locked production', until: null }],
      })),
    }),
  ])
}

export function firstService(at: number): ServiceView {
  const releases = line(at, 1, [
    {
      standings: { staging: 'building', production: 'waiting' },
      mergedAt: at - minuteMs,
      artifact: null,
      build: { state: 'running', attempt: 1, message: null, startedAt: at - 20_000, endedAt: null },
    },
  ])
  return service('shop', releases, [
    stage('staging', null, {
      waiting: [{ release: 1, why: [{ code: 'build/running', text: 'Is being built', until: null }] }],
    }),
    stage('production', null, {}),
  ])
}

export function manyServices(at: number): readonly ServiceView[] {
  const names = [
    'accounts',
    'api-gateway',
    'billing',
    'blog',
    'catalog',
    'checkout',
    'consent',
    'crawler',
    'currency',
    'docs',
    'email',
    'exports',
    'feeds',
    'fraud',
    'gifts',
    'imports',
    'invoices',
    'login',
    'mobile-api',
    'notifications',
    'orders',
    'partners',
    'pictures',
    'prices',
    'reports',
    'search',
    'shipping',
    'shop',
    'stock',
    'wishlist',
  ]
  return names.map((name) => {
    if (name === 'shop') return rolloutService(at)
    if (name === 'checkout') return { ...lockedService(at), service: 'checkout' }
    return calmService(at, name)
  })
}
