// Services in trouble: held, pinned after going back, rewritten, and with names longer than any page is wide.
import type { ServiceView } from '../../src/api/board.ts'
import { arm, dayMs, hourMs, lock, minuteMs, release, service, stage } from './fixture-parts.ts'
import { calmService, line, live, machine, rolloutService } from './fixture-services.ts'

const person = { kind: 'person', name: 'anna' } as const

export function holdService(at: number): ServiceView {
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

export function pinnedService(at: number): ServiceView {
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
    stage('staging', live(releases, 46), {
      liveSince: at - 44 * minuteMs,
      suspects: [45, 46],
      budget: {
        alpha: 0.01,
        trials: 18,
        stops: 2,
        takenBack: 1,
        text: 'at most one healthy release in 100 is stopped; at 18 a fortnight that is about one in 6 fortnights; of 18 tried in the last fortnight 2 were stopped, and people took 1 back',
      },
      search: {
        release: 47,
        what: '41 of 320 requests to #47 failed',
        since: at - 9 * minuteMs,
        until: at + 231 * minuteMs,
        suspected: [44, 45, 46],
        left: [45, 46],
        probing: 45,
        told: [{ release: 44, found: 'well' }],
        why: [
          {
            code: 'search/probing',
            text: '#45 is probed to find out which of #45 or #46 broke staging: 340 of 960 requests and 18 of 60 s so far; #44 did well',
            until: at + 4 * minuteMs,
          },
        ],
      },
    }),
    stage('production', live(releases, 44), {
      liveSince: at - 2 * minuteMs,
      rollout: {
        rollout: 63,
        release: 44,
        from: 45,
        direction: 'back',
        lane: 'normal',
        paused: null,
        asksConfirm: false,
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

export function rewrittenService(at: number): ServiceView {
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

export function longService(at: number): ServiceView {
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
          lane: 'normal',
          paused: null,
          asksConfirm: false,
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
