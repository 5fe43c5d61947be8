// What the fixture server says on the pages of a service: plan, settings, who gets what, and what was seen.
import type { Backlog, BacklogChange } from '../../src/api/backlog.ts'
import type { ForecastView } from '../../src/api/forecast.ts'
import type { MeasuresView } from '../../src/api/measures.ts'
import type { SeenView } from '../../src/api/seen.ts'
import type { SettingsView } from '../../src/api/settings.ts'
import type { Explanation, LookupEntry, LookupRow, RoutesView } from '../../src/api/traffic.ts'
import type { Plan } from '../../src/api/wire.ts'
import { dayMs, hourMs, minuteMs } from './fixture-parts.ts'

const anna = { kind: 'person', name: 'anna' } as const
const judge = { kind: 'machine', rule: 'judge: against' } as const

export function planOf(at: number): Plan {
  return [
    { stage: 'build', text: '#48 is built with npm ci && npm run build', at },
    { stage: 'staging', text: '#48 enters staging, everybody', at: at + 2 * minuteMs },
    { stage: 'staging', text: 'it bakes 1 h of watched time and 100 requests', at: at + 62 * minuteMs },
    { stage: 'production', text: '#48 waits for the window, mon-fri 09:00-18:00', at: at + dayMs },
  ]
}

export function backlogOf(service: string, at: number): Backlog {
  const locked = [
    { code: 'gate/locked', text: 'production is locked by anna: the press is here', until: null },
  ]
  const changes = Array.from({ length: 40 }, (_, index): BacklogChange => {
    const number = 45 + index
    return {
      release: number,
      name: `#${number}`,
      sha: 'f'.repeat(40),
      subject: index === 3 ? 'Move the propagation of withdrawn consent from the nightly batch' : 'Tidy up',
      author: index === 3 ? 'a-contributor-with-a-remarkably-long-name' : 'anna',
      coAuthors: [],
      pullRequest: null,
      mergedAt: at - (60 - index) * 20 * minuteMs,
      waitedMs: (60 - index) * 20 * minuteMs,
      size: { files: 3, added: 120 + index, removed: 31 },
      risks:
        index === 1
          ? [{ kind: 'migration', text: 'it touches db/migrate/0042.sql', files: ['db/migrate/0042.sql'] }]
          : [],
      isSetAside: index === 2,
      why: locked,
      liveAt: at + (index + 1) * 12 * minuteMs,
      liveIn: number,
    }
  })
  const size = { files: 120, added: 5600, removed: 1240 }
  const age = { oldestMs: 20 * hourMs, level: 'old', text: '40 changes wait, the oldest for 20 h' } as const
  const openings = (['each', 'latest'] as const).map((queue) => ({
    queue,
    text: 'now go #45 to #84',
    goes: [],
  }))
  return {
    service,
    at,
    stages: [
      { stage: 'staging', changes: [], size: null, age: null, openings: [] },
      { stage: 'production', changes, size, age, openings },
    ],
    bottleneck: { stage: 'production', text: '40 changes wait for a lock of anna', waiting: 40 },
  }
}

export function forecastOf(service: string, at: number): ForecastView {
  return {
    service,
    at,
    without: [],
    moves: [
      {
        stage: 'production',
        release: 45,
        name: '#45',
        changes: [45, 44],
        at: at + hourMs,
        liveAt: at + 2 * hourMs,
        text: '#45 enters production, with #44 in it',
      },
    ],
    stays: [
      {
        stage: 'production',
        release: 46,
        name: '#46',
        why: [{ code: 'gate/rejected', text: 'it is rejected', until: null }],
      },
    ],
    isCut: false,
  }
}

export function settingsOf(stage: string, at: number): SettingsView {
  const plain = (name: string, value: string) =>
    ({ name, kind: 'plain', value, secret: null, from: 'people' }) as const
  return {
    stage,
    version: 4,
    inForce: 3,
    live: 2,
    waits: [{ code: 'gate/locked', text: `anna has locked ${stage}`, until: at + hourMs }],
    settings: [
      plain('CHECKOUT_LIMIT_OF_ITEMS_IN_A_SINGLE_ORDER', '250'),
      plain('GREETING', 'A very long greeting that nobody would put into a variable, and yet somebody did'),
      { name: 'LOG_LEVEL', kind: 'plain', value: 'info', secret: null, from: 'file' },
      { name: 'PAYMENT_TOKEN', kind: 'secret', value: null, secret: 3, from: 'people' },
    ],
    history: [
      {
        version: 4,
        at: at - 20 * minuteMs,
        by: anna,
        reason: 'larger orders',
        changed: [plain('CHECKOUT_LIMIT_OF_ITEMS_IN_A_SINGLE_ORDER', '2500')],
        rejected: { by: judge, reason: '13 of 23 requests failed', at: at - 12 * minuteMs },
      },
      {
        version: 3,
        at: at - 3 * hourMs,
        by: anna,
        reason: '',
        changed: [{ name: 'PAYMENT_TOKEN', kind: 'secret', value: null, secret: 3, from: 'people' }],
        rejected: null,
      },
    ],
  }
}

export function routesOf(service: string, stage: string, at: number): RoutesView {
  const set = { at: at - 5 * hourMs, by: 'anna', reason: 'try the new cart' }
  return {
    service,
    stage,
    inForce: true,
    tracks: [
      {
        track: 'stable',
        release: 44,
        name: '#44',
        percent: 100,
        serves: [{ release: 44, name: '#44', weightPercent: 100 }],
        instances: { wanted: 10, ready: 10 },
        follows: null,
        since: null,
        by: null,
        reason: null,
        trouble: null,
        history: [],
      },
      {
        track: 'beta',
        release: 45,
        name: '#45',
        percent: 20,
        serves: [
          { release: 44, name: '#44', weightPercent: 80 },
          { release: 45, name: '#45', weightPercent: 20 },
        ],
        instances: { wanted: 2, ready: 1 },
        follows: 'staging',
        since: set.at,
        by: set.by,
        reason: set.reason,
        trouble: 'an instance of #45 does not answer on /healthz',
        history: [{ release: 43, name: '#43', ...set }],
      },
    ],
    routes: [
      {
        id: 'r1',
        text: 'customer is "acme": beta',
        when: [{ attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } }],
        percent: 100,
        to: { track: 'beta' },
        expiresAt: at + 2 * hourMs,
        reason: 'they see the bug',
        by: 'ben',
        since: at - hourMs,
      },
      {
        id: 'r2',
        text: 'plan in customers is "free", 20 % of them: #45',
        when: [
          {
            attribute: { from: 'lookup', table: 'customers', column: 'plan' },
            test: { op: 'is', value: 'free' },
          },
        ],
        percent: 20,
        to: { release: 45 },
        expiresAt: null,
        reason: 'free plan first',
        by: 'anna',
        since: at - dayMs,
      },
    ],
    warnings: [{ code: 'route/unreachable', rule: 'r2', text: 'everybody it is for is taken by r1' }],
    versions: [
      {
        release: 44,
        name: '#44',
        instances: 10,
        memoryBytes: 2310 * 1_048_576,
        neededBy: ['track stable'],
        until: null,
      },
      {
        release: 43,
        name: '#43',
        instances: 1,
        memoryBytes: 231 * 1_048_576,
        neededBy: [],
        until: at + 40 * minuteMs,
      },
    ],
    awaited: [{ release: 900_000_001, name: '#0+1', track: 'experimental' }],
  }
}

export const lookups: readonly LookupRow[] = [
  {
    table: 'customers',
    generation: 1,
    key: { from: 'customer' },
    columns: ['plan', 'region'],
    rows: 1_000_000,
  },
]

export function lookupRowOf(key: string): LookupEntry {
  return { key, cells: key === 'acme' ? { plan: 'paying', region: 'eu' } : null }
}

export const explanation: Explanation = {
  track: 'beta',
  release: 45,
  name: '#45',
  why: 'the rule r1 won; 20 % of beta is #45',
  rules: [
    { id: 'r1', text: 'customer is "acme": beta', wins: true, why: 'it fits' },
    { id: 'r2', text: 'plan in customers is "free": #45', wins: false, why: 'r1 won before it was asked' },
  ],
}

export function measuresOf(service: string, stage: string, by: string, at: number): MeasuresView {
  const row = (release: number, value: string, requests: number) => ({
    release,
    name: `#${release}`,
    ...(by === 'track' ? { track: value } : { value }),
    requests,
    errors: Math.round(requests / 800),
    errorRate: 0.00125,
    p50Ms: 38,
    p95Ms: 176,
    p99Ms: 410,
    missedMax: 0,
  })
  return {
    service,
    stage,
    from: at - hourMs,
    until: at,
    by: ['release', by],
    dimensions: ['plan', 'customer'],
    rows: [row(44, 'stable', 164_250), row(45, 'beta', 4_210)],
    rowsLeftOut: 0,
    valuesKept: 50,
  }
}

const minutes = 100

/** A release that takes over within a quarter of an hour, and fails a little more often at first. */
export function seenOf(stage: string, release: number, at: number): SeenView {
  const wave = (minute: number) => 1 + 0.2 * Math.sin(minute / 4)
  return {
    stage,
    release,
    watchedMs: (minutes - 10) * minuteMs,
    countedBy: null,
    sums: [
      {
        release,
        name: `#${release}`,
        requests: 812_344,
        errors: 930,
        errorPercent: 0.11,
        latencyMsP50: 38,
        latencyMsP95: 169,
      },
      {
        release: release - 1,
        name: `#${release - 1}`,
        requests: 96_120,
        errors: 118,
        errorPercent: 0.12,
        latencyMsP50: 38,
        latencyMsP95: 176,
      },
    ],
    stepMs: minuteMs,
    points: Array.from({ length: minutes }, (_, minute) => {
      const share = minute < 10 ? 0 : minute < 20 ? 10 : minute < 25 ? 50 : 100
      const armOf = (number: number, weightPercent: number, errorPercent: number) => ({
        release: number,
        weightPercent,
        requestsPerS: 1.82 * weightPercent * wave(minute),
        errorPercent,
        latencyMsP50: 38 * wave(minute + number),
        latencyMsP95: 170 * wave(minute + number),
      })
      return {
        at: at - (minutes - minute) * minuteMs,
        arms: [
          ...(share === 100 ? [] : [armOf(release - 1, 100 - share, 0.12)]),
          ...(share === 0 ? [] : [armOf(release, share, minute < 16 ? 0.8 : 0.1)]),
        ],
      }
    }),
  }
}
