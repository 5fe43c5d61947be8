// What a careful team would choose (behaviour, section 6). Durations in milliseconds.

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

export const DEFAULTS = {
  branch: 'main',
  git: '.',
  /** A folder of this machine is cheap to look at; somebody else's server is not. */
  pollFolderMs: 2 * SECOND_MS,
  pollUrlMs: 30 * SECOND_MS,
  buildOutput: '.',
  buildLimitMs: 30 * MINUTE_MS,
  healthWaitMs: 2 * MINUTE_MS,
  waitingMax: 100,
  waitingMs: 5_000,
  termMs: 10 * SECOND_MS,
  steadyMs: 5 * SECOND_MS,
  releaseLimitMs: 10 * MINUTE_MS,
  drainMs: 30 * SECOND_MS,
  instances: 1,
  bakeForMs: HOUR_MS,
  bakeRequests: 100,
  /** `own` is this part of `for`, and never more than the limit. */
  bakeOwnPart: 1 / 10,
  bakeOwnMsMax: 10 * MINUTE_MS,
  rollout: ['all-at-once'],
  rolloutLast: ['one-box', '25%', '50%', 'all-at-once'],
  watchMs: HOUR_MS,
  passAfterMs: HOUR_MS,
  checkLimitMs: 10 * MINUTE_MS,
  checkStatus: 200,
  backup: { everyMs: 24 * HOUR_MS, keep: 7 },
  limits: { warmMemory: { kind: 'part', percent: 25 }, buildCacheBytes: 10e9, mirrorBytes: 10e9 },
  listen: {
    host: '127.0.0.1',
    port: 8080,
    suffix: 'localhost',
    apiPort: 8088,
    tls: null,
    trustedProxies: [],
    accessLogShare: 0.01,
    releaseHeader: true,
    bodyBytesMax: null,
    trafficRouter: 'built-in',
  },
} as const
