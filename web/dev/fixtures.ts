// Boards in every state a person may meet, by name.
import type { Board, ReleaseRow, ServiceView } from '../../src/api/board.ts'
import { arm, dayMs, hourMs, lock, minuteMs, release, service, stage } from './fixture-parts.ts'

type State = (at: number) => readonly ServiceView[]

const machine = { kind: 'machine', rule: 'pipeline' } as const
const person = { kind: 'person', name: 'anna' } as const

const stepsOfProduction = [
  { label: 'one box', percent: 10, soakMs: 10 * minuteMs },
  { label: '25%', percent: 25, soakMs: 2 * minuteMs },
  { label: '50%', percent: 50, soakMs: 2 * minuteMs },
  { label: 'all', percent: 100, soakMs: 2 * minuteMs },
]

export const states = {
  empty: () => [],
  calm: (at) => [calmService(at, 'shop')],
  rollout: (at) => [rolloutService(at)],
  baking: (at) => [bakingService(at)],
  locked: (at) => [lockedService(at)],
  hold: (at) => [holdService(at)],
  pinned: (at) => [pinnedService(at)],
  rewritten: (at) => [rewrittenService(at)],
  long: (at) => [longService(at)],
  first: (at) => [firstService(at)],
  many: (at) => manyServices(at),
} satisfies Record<string, State>

export type StateName = keyof typeof states

export function isStateName(name: string): name is StateName {
  return name in states
}

export function boardOf(name: StateName, at: number, position: number): Board {
  return { at, position, version: '0.1.0', services: [...states[name](at)] }
}

function line(at: number, newest: number, standings: readonly Parameters<typeof release>[2][]): ReleaseRow[] {
  return standings.map((parts, index) => release(at, newest - index, parts ?? {}))
}

function live(releases: readonly ReleaseRow[], number: number): ReleaseRow {
  const found = releases.find((each) => each.release === number)
  if (found === undefined) throw new Error(`the fixture has no release ${number}`)
  return found
}

const past = { standings: { staging: 'superseded', production: 'superseded' } } as const

function calmService(at: number, name: string): ServiceView {
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

function rolloutService(at: number): ServiceView {
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

function bakingService(at: number): ServiceView {
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

function lockedService(at: number): ServiceView {
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

function holdService(at: number): ServiceView {
  const base = rolloutService(at)
  const [staging, production] = base.stages
  if (staging === undefined || production?.rollout == null) throw new Error('the rollout fixture has changed')
  return {
    ...base,
    sourceTrouble: {
      code: 'source/unreachable',
      text: 'git fetch of /srv/git/shop.git timed out 3 times',
      until: at + 40_000,
    },
    stages: [
      {
        ...staging,
        bake: {
          changes: [{ release: 45, watchedMs: 22 * minuteMs, requests: 61 }],
          forMs: hourMs,
          requests: 100,
          ownMs: 6 * minuteMs,
          ownServedMs: 6 * minuteMs,
          hold: null,
          asked: {
            code: 'bake/inconclusive',
            text: 'Too few requests to see an error rate twice as high; 39 more would have been needed',
            until: null,
          },
        },
      },
      {
        ...production,
        rollout: {
          ...production.rollout,
          phase: 'held',
          why: [
            {
              code: 'hold/telemetry',
              text: 'No figures came from 2 of 3 instances of #45 for 40 s; the clock stands until they do',
              until: null,
            },
          ],
        },
        arms: production.arms.map((each) =>
          each.release === 45
            ? {
                ...each,
                latencyMsP50: null,
                latencyMsP95: null,
                cpuPercent: null,
                memoryBytes: null,
                instances: { wanted: 3, ready: 1, restarts: 4 },
              }
            : each,
        ),
      },
    ],
  }
}

function pinnedService(at: number): ServiceView {
  const releases = line(at, 47, [
    {
      standings: { staging: 'build-failed', production: 'waiting' },
      mergedAt: at - 8 * minuteMs,
      artifact: null,
      build: {
        state: 'failed',
        attempt: 2,
        message: 'npm run build ended with 1: src/cart.ts(41,7): error TS2322',
        startedAt: at - 6 * minuteMs,
        endedAt: at - 5 * minuteMs,
      },
    },
    {
      standings: { staging: 'live', production: 'waiting' },
      mergedAt: at - 50 * minuteMs,
      lifts: [45],
      subject: 'Revert "Drop the old price column"',
    },
    {
      standings: { staging: 'superseded', production: 'rejected' },
      mergedAt: at - 2 * hourMs,
      rejected: { by: person, reason: 'prices vanish from old orders', at: at - 55 * minuteMs },
    },
    { standings: { staging: 'superseded', production: 'live' }, mergedAt: at - 9 * hourMs },
    { standings: { staging: 'superseded', production: 'warm' }, mergedAt: at - 26 * hourMs },
  ])
  return service('shop', releases, [
    stage('staging', live(releases, 46), { liveSince: at - 44 * minuteMs, suspects: [45, 46] }),
    stage('production', live(releases, 44), {
      liveSince: at - 2 * minuteMs,
      rollout: {
        rollout: 63,
        release: 44,
        from: 45,
        direction: 'back',
        startedAt: at - 12_000,
        by: person,
        step: 1,
        steps: [{ label: 'all', percent: 100, soakMs: 0 }],
        phase: 'finishing',
        phaseSince: at - 4000,
        soakedMs: 0,
        why: [],
      },
      pin: { release: 44, by: person, reason: 'prices vanish from old orders', since: at - 12_000 },
      arms: [
        arm(44, { weightPercent: 100 }),
        arm(45, { weightPercent: 0, requestsPerS: 0, errorPercent: 6.4, latencyMsP95: 2310 }),
      ],
      waiting: [
        { release: 46, why: [{ code: 'gate/pinned', text: 'anna pinned production on #44', until: null }] },
      ],
    }),
  ])
}

function rewrittenService(at: number): ServiceView {
  const base = calmService(at, 'shop')
  return {
    ...base,
    rewritten: {
      lost: [43, 44],
      fresh: [
        { sha: 'a41be09f31', subject: 'Cache product pictures for a day' },
        { sha: '77c0d12e4a', subject: 'Keep the cart when the session ends' },
        { sha: '0f1e2d3c4b', subject: 'Drop the old price column' },
      ],
    },
    stages: base.stages.map((each) => ({ ...each, routerSeen: each.stage !== 'production' })),
  }
}

function longService(at: number): ServiceView {
  const name = 'customer-identity-and-consent-propagation-service'
  const standings = {
    'integration-with-partners': 'live',
    'staging-eu-central': 'live',
    'production-worldwide': 'rolling-out',
  } as const
  const long = {
    standings,
    mergedAt: at - 40 * minuteMs,
    subject:
      'Move the propagation of withdrawn consent from the nightly batch to the event stream, so that a customer who withdraws is forgotten within the hour (and not, as until now, by the next morning)',
    author: 'a-contributor-with-a-remarkably-long-account-name-1984',
    mergedBy: 'merge-queue-of-the-platform-team',
    coAuthors: ['another-contributor-with-a-long-account-name', 'chris'],
  }
  const releases = [release(at, 1284, long), release(at, 1283, { ...long, subject: 'x'.repeat(180) })]
  const on = live(releases, 1284)
  return service(
    name,
    releases,
    [
      stage('integration-with-partners', on, { liveSince: at - 3 * dayMs }),
      stage('staging-eu-central', on, {
        liveSince: at - 30 * minuteMs,
        watch: { release: 1284, watchedMs: 12 * minuteMs, forMs: hourMs },
      }),
      stage('production-worldwide', live(releases, 1283), {
        locks: [
          lock(at, {
            owner: 'a-contributor-with-a-remarkably-long-account-name-1984',
            reason: 'y'.repeat(140),
            incident: `https://status.example.com/${'deep/'.repeat(20)}318`,
          }),
        ],
        rollout: {
          rollout: 2,
          release: 1284,
          from: 1283,
          direction: 'forward',
          startedAt: at - 55 * minuteMs,
          by: machine,
          step: 4,
          steps: Array.from({ length: 11 }, (_, index) => ({
            label: index === 0 ? 'one box' : `${index * 10}%`,
            percent: Math.max(1, index * 10),
            soakMs: 5 * minuteMs,
          })),
          phase: 'soaking',
          phaseSince: at - minuteMs,
          soakedMs: 3.4 * minuteMs,
          why: [{ code: 'gate/locked', text: 'The next step waits for the lock', until: null }],
        },
        arms: [
          arm(1283, { weightPercent: 70, requestsPerS: 128_400 }),
          arm(1284, { weightPercent: 30, requestsPerS: 54_812.3, memoryBytes: 3.1 * 2 ** 30 }),
        ],
      }),
    ],
    {
      git: 'ssh://git@code.internal.example.com:2222/platform/identity/customer-identity-and-consent-propagation-service.git',
      branch: 'release/2026-q4-consent',
    },
  )
}

function firstService(at: number): ServiceView {
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

function manyServices(at: number): readonly ServiceView[] {
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
