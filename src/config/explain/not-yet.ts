// Words that mean something in Sluice's plans or in other tools, and are not keys here. Each gets a sentence, so
// that nobody believes a gate is in force that is not.
import type { ConfigPath } from '../config-mistake.ts'

const NOT_YET: Readonly<Record<string, string>> = {
  lock: 'locks are set while it runs, with `sluice lock`, and not supported in the config yet',
  locks: 'locks are set while it runs, with `sluice lock`, and not supported in the config yet',
  hotfix: 'settings for hotfixes are not supported yet',
  emergency: 'settings for emergencies are not supported yet',
  secret: 'a secret is not written here; say where it is with `secretFrom`',
  target: 'other targets than processes on this machine are not supported yet',
  regions: 'regions are not supported yet',
  database: 'databases are not supported yet',
  tracks: 'tracks are not supported yet',
  routes: 'route rules are not supported yet',
  plugins: 'plug-ins are not supported yet',
  tolerated: 'settings of the judge are not supported yet',
  slack: 'only webhooks are supported yet',
  email: 'only webhooks are supported yet',
  pagerduty: 'only webhooks are supported yet',
}

/** Words of other tools, and the key that does it here. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  approvals: 'approve',
  approvers: 'approve',
  teams: 'people',
  groups: 'people',
  stages: 'pipeline',
  environments: 'pipeline',
  steps: 'rollout',
  strategy: 'rollout',
  canary: 'rollout',
  deploy: 'rollout',
  early: 'atLeast',
  replicas: 'instances',
  scale: 'instances',
  count: 'instances',
  environment: 'env',
  variables: 'env',
  name: 'stage',
  cmd: 'command',
  start: 'run',
  exec: 'command',
  script: 'command',
  healthcheck: 'health',
  healthCheck: 'health',
  timeout: 'limit',
  timezone: 'zone',
  tz: 'zone',
  repo: 'git',
  path: 'paths',
  repository: 'git',
  url: 'git',
  duration: 'for',
  time: 'for',
  wait: 'soak',
  pause: 'soak',
  minRequests: 'requests',
  tests: 'checks',
  schedule: 'window',
  interval: 'poll',
  dist: 'output',
  hosts: 'suffix',
  domain: 'suffix',
  notifications: 'notify',
  webhooks: 'webhook',
}

const NEVER: Readonly<Record<string, string>> = {
  vars: 'is not set here: variables with versions are set while it runs, with `sluice vars set`; `env` takes plain ones',
  secrets:
    'is not set here: secrets are set while it runs, with `sluice secret set`; keep them out of `env`, which is shown to people',
  port: 'is not set here: the command is given a free port in the variable `PORT`',
}

/** What to say of a key that is planned and not there; null when it is not one of those. */
export function notYet(key: string): string | null {
  return Object.hasOwn(NOT_YET, key) ? `is not a key yet: ${NOT_YET[key]}` : null
}

/** The key here for a word of other tools, if it is one at this place. */
export function wordHere(key: string, keysHere: readonly string[]): string | null {
  const word = Object.hasOwn(OTHER_WORDS, key) ? OTHER_WORDS[key] : undefined
  return word !== undefined && keysHere.includes(word) ? word : null
}

/** What to say of a key that will never be one; null otherwise. */
export function neverHere(key: string, path: ConfigPath): string | null {
  return path[0] === 'services' && Object.hasOwn(NEVER, key) ? (NEVER[key] ?? null) : null
}
