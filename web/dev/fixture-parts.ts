// Pieces of boards for looking at the page. Every time is relative to the moment handed in, so that screenshots of one
// state differ only where the page does.
import type { ArmSeen, Lock, ReleaseRow, ServiceView, StageView, Standing } from '../../src/api/board.ts'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

const pastStandings: Readonly<Record<string, Standing>> = { staging: 'superseded', production: 'superseded' }

export function release(
  at: number,
  number: number,
  parts: Partial<Omit<ReleaseRow, 'standings'>> & {
    readonly standings?: Readonly<Record<string, Standing>>
  } = {},
): ReleaseRow {
  const { standings, ...row } = parts
  return {
    release: number,
    sha: shaOf(number),
    subject: subjects[number % subjects.length] ?? 'Tidy up',
    author: ['anna', 'ben', 'chris'][number % 3] ?? 'anna',
    name: `#${number}`,
    origin: { kind: 'line', text: null, onto: null },
    mergedBy: null,
    coAuthors: [],
    pullRequest: 400 + number,
    mergedAt: at - (60 - number) * 25 * minuteMs,
    build: {
      state: 'done',
      attempt: 1,
      message: null,
      startedAt: at - (60 - number) * 25 * minuteMs,
      endedAt: at - (60 - number) * 25 * minuteMs + 84_000,
    },
    rejected: null,
    revert: null,
    lifts: [],
    standings: Object.entries<Standing>(standings ?? pastStandings).map(([stage, standing]) => ({
      stage,
      standing,
      why: [],
    })),
    artifact: `sha256:${shaOf(number)}${shaOf(number + 7)}`,
    address: `http://r${number}.shop.localhost:4600/`,
    ...row,
  }
}

export function stage(name: string, live: ReleaseRow | null, parts: Partial<StageView> = {}): StageView {
  return {
    stage: name,
    addresses: [`http://${name}.shop.localhost:4600/`],
    isLast: name === 'production',
    live,
    liveSince: live === null ? null : live.mergedAt + hourMs,
    warm: [],
    rollout: null,
    bake: null,
    watch: null,
    locks: [],
    approve: null,
    wayRound: null,
    beside: null,
    lane: 'normal',
    pin: null,
    retired: null,
    window: null,
    budget: null,
    suspects: [],
    search: null,
    waiting: [],
    couldGoBackTo: live === null ? [] : [live.release - 1, live.release - 2, live.release - 3],
    arms: live === null ? [] : [arm(live.release)],
    routerSeen: live !== null,
    unseen: null,
    ...parts,
  }
}

export function arm(number: number, parts: Partial<ArmSeen> = {}): ArmSeen {
  return {
    release: number,
    weightPercent: 100,
    instances: { wanted: 10, ready: 10, restarts: 0 },
    requestsPerS: 182.4,
    errorPercent: 0.12,
    latencyMsP50: 38,
    latencyMsP95: 176,
    cpuPercent: 21,
    memoryBytes: 231 * 1_048_576,
    ...parts,
  }
}

export function lock(at: number, parts: Partial<Lock> = {}): Lock {
  return {
    id: 'lock-1',
    owner: 'anna',
    reason: 'checkout totals look wrong in the diff view',
    since: at - 26 * minuteMs,
    expiresAt: at + 214 * minuteMs,
    opensAt: parts.incident == null ? (parts.expiresAt ?? at + 214 * minuteMs) : null,
    incident: null,
    suspect: 44,
    hard: false,
    everywhere: false,
    ...parts,
  }
}

export function service(
  name: string,
  releases: readonly ReleaseRow[],
  stages: readonly StageView[],
  parts: Partial<ServiceView> = {},
): ServiceView {
  return {
    service: name,
    git: `/srv/git/${name}.git`,
    branch: 'main',
    sourceTrouble: null,
    rewritten: null,
    releases: [...releases],
    stages: [...stages],
    ...parts,
  }
}

function shaOf(number: number): string {
  // A multiplicative scramble: looks like a commit, and is the same in every run.
  let text = ''
  for (let word = 1; word <= 5; word++)
    text += (((number * 2_654_435_761 + word * 40_503_577) >>> 0) % 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
  return text
}

const subjects = [
  'Keep the cart when the session ends',
  'Search: fold accents before matching',
  'Invoices: round half to even',
  'Retry webhooks with a growing pause',
  'Show the delivery window at checkout',
  'Drop the old price column',
  'Cache product pictures for a day',
]
