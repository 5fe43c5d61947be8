import { describe, expect, test } from 'vitest'
import type { ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'
import type { Config } from './complete/complete-config.ts'
import { readConfig } from './read-config.ts'
import { type Loose, problems, withService, withStage } from './sample-configs.ts'

function read(raw: unknown): Config {
  const reading = readConfig(raw, '/repo')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.config
}

function readService(service: Loose): ServiceDefinition {
  return read(withService(service)).services[0]!
}

function readStage(stage: Loose, place: 'first' | 'last' = 'first'): StageDefinition {
  return read(withStage(stage, place)).services[0]!.stages.find((other) => other.stage === 'tested')!
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('defaults', () => {
  test('a service needs a command and a stage, and nothing else', () => {
    const { stages, ...service } = readService({})
    expect(service).toEqual({
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      service: 'shop',
      source: { git: '/repo', branch: 'main', pollMs: 2_000 },
      build: { command: null, output: '.', limitMs: 30 * MINUTE, env: {} },
      run: {
        command: 'node server.js',
        health: { path: null, waitMs: 2 * MINUTE },
        userKey: null,
        env: {},
        termMs: 10_000,
      },
    })
    expect(stages).toHaveLength(1)
  })

  test('a stage that is not the last bakes for an hour, takes releases all at once, and promotes what is inconclusive', () => {
    expect(readStage({})).toEqual({
      stage: 'tested',
      instances: 1,
      traffic: 'expected',
      bake: { forMs: HOUR, requests: 100, ownMs: 6 * MINUTE },
      window: null,
      rollout: [{ kind: 'all', percent: 100, soakMs: 0 }],
      checks: [],
      inconclusive: 'promote',
      caught: 'go-back',
      watchMs: HOUR,
      drainMs: 30_000,
      passAfterMs: HOUR,
      env: {},
      renamedFrom: null,
    })
  })

  test('the last stage goes by steps, has no bake, and extends what is inconclusive', () => {
    const stage = readStage({ instances: 20 }, 'last')
    expect(stage.bake).toBeNull()
    expect(stage.inconclusive).toBe('extend')
    expect(stage.watchMs).toBe(HOUR)
    expect(stage.rollout).toEqual([
      { kind: 'one-box', percent: 5, soakMs: 10 * MINUTE },
      { kind: 'share', percent: 25, soakMs: 2 * MINUTE },
      { kind: 'share', percent: 50, soakMs: 2 * MINUTE },
      { kind: 'all', percent: 100, soakMs: 2 * MINUTE },
    ])
  })

  test('with one instance the candidate starts beside it with 10 % of the traffic', () => {
    expect(readStage({}, 'last').rollout[0]).toEqual({ kind: 'one-box', percent: 10, soakMs: 10 * MINUTE })
  })

  test('a check runs once at entry, for at most ten minutes, and expects 200', () => {
    expect(readStage({ checks: [{ command: 'npm run smoke' }, { http: '/' }] }).checks).toEqual([
      {
        kind: 'command',
        check: 'npm run smoke',
        command: 'npm run smoke',
        when: 'entry',
        limitMs: 10 * MINUTE,
      },
      {
        kind: 'http',
        check: '/',
        path: '/',
        status: 200,
        contains: null,
        when: 'entry',
        limitMs: 10 * MINUTE,
      },
    ])
  })

  test('a window is the working week', () => {
    expect(readStage({ window: { zone: 'Europe/Berlin' } }).window).toEqual({
      days: [1, 2, 3, 4, 5],
      fromMinute: 540,
      toMinute: 1080,
      zone: 'Europe/Berlin',
      closedOn: [],
    })
  })

  test('Sluice listens on loopback and tells nobody', () => {
    const { listen, webhooks } = read(withService({}))
    expect(listen).toEqual({
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
    })
    expect(webhooks).toEqual([])
  })

  test.each([
    ['1h', HOUR, 6 * MINUTE],
    ['10m', 10 * MINUTE, MINUTE],
    ['5h', 5 * HOUR, 10 * MINUTE],
    ['1s', 1_000, 100],
  ])('a bake of %s asks for its own tenth, at most ten minutes', (text, forMs, ownMs) => {
    expect(readStage({ bake: text }).bake).toEqual({ forMs, requests: 100, ownMs })
    expect(readStage({ bake: { for: text } }, 'last').bake).toEqual({ forMs, requests: 100, ownMs })
    expect(readStage({ bake: { for: text, atLeast: '0s' } }).bake).toMatchObject({ forMs, atLeastMs: 0 })
  })

  test.each([[false], [0], ['0'], [{ for: 0 }], [{ for: '0' }]])('%j is no bake', (bake) => {
    expect(readStage({ bake }).bake).toBeNull()
  })

  test('a bake waits for no requests where nobody sends any', () => {
    expect(readStage({ traffic: 'none' }).bake).toEqual({ forMs: HOUR, requests: 0, ownMs: 6 * MINUTE })
  })

  test('a repository elsewhere is looked at less often, and a folder is seen from the config', () => {
    const source = (git: string) => readService({ source: { git } }).source
    expect(source('https://example.com/shop.git')).toEqual({
      git: 'https://example.com/shop.git',
      branch: 'main',
      pollMs: 30_000,
    })
    expect(source('git@example.com:team/shop.git').git).toBe('git@example.com:team/shop.git')
    expect(source('../shop').git).toBe('/shop')
    expect(source('/srv/shop.git').git).toBe('/srv/shop.git')
  })
})

describe('what is written', () => {
  test('everything a service may say is kept', () => {
    const service = readService({
      source: { git: '/srv/shop.git', branch: 'release', poll: '10s' },
      build: { command: 'make', output: 'dist', limit: '1h', env: { CI: 'true' } },
      run: {
        command: 'node .',
        health: { path: '/healthz', wait: '30s' },
        protocol: 'h2c',
        userKey: { cookie: 'uid' },
        tokens: { keys: 'https://login.example.com/jwks.json', issuer: 'login', audience: 'shop' },
        concurrency: 50,
        env: { LOG: 'json' },
        term: '5s',
      },
    })
    expect(service.source).toEqual({ git: '/srv/shop.git', branch: 'release', pollMs: 10_000 })
    expect(service.build).toEqual({ command: 'make', output: 'dist', limitMs: HOUR, env: { CI: 'true' } })
    expect(service.run).toEqual({
      command: 'node .',
      health: { path: '/healthz', waitMs: 30_000 },
      protocol: 'h2c',
      userKey: { from: 'cookie', name: 'uid' },
      tokens: {
        keys: 'https://login.example.com/jwks.json',
        issuer: 'login',
        audience: 'shop',
        from: { from: 'header', name: 'authorization' },
      },
      concurrency: { perInstance: 50, waiting: 100, waitMs: 5_000 },
      env: { LOG: 'json' },
      termMs: 5_000,
    })
  })

  test('everything a stage may say is kept', () => {
    const stage = readStage({
      instances: 3,
      traffic: 'expected',
      bake: { for: '2h', requests: 7, own: '1m' },
      window: { days: 'mon,wed', hours: '10:00-16:00', zone: 'UTC', except: ['2026-12-24', '2026-12-24'] },
      caught: 'stay',
      maintenance: 'Back soon.',
      rollout: [{ step: 'one-box', soak: '1m' }, { step: '50%', soak: 0 }, 'all-at-once'],
      checks: [
        { check: 'smoke', command: './smoke', when: 'steps', limit: '1m' },
        { check: 'home', http: '/', status: 404, contains: 'gone' },
      ],
      inconclusive: 'ask',
      judge: 'thresholds',
      watch: '2h',
      drain: '5s',
      passAfter: '3h',
      queue: 'each',
      env: { A: '' },
      renamedFrom: 'beta',
    })
    expect(stage).toEqual({
      stage: 'tested',
      instances: 3,
      traffic: 'expected',
      bake: { forMs: 2 * HOUR, requests: 7, ownMs: MINUTE },
      window: { days: [1, 3], fromMinute: 600, toMinute: 960, zone: 'UTC', closedOn: ['2026-12-24'] },
      caught: 'stay',
      maintenance: 'Back soon.',
      rollout: [
        { kind: 'one-box', percent: 10, soakMs: MINUTE },
        { kind: 'share', percent: 50, soakMs: 0 },
        { kind: 'all', percent: 100, soakMs: 2 * MINUTE },
      ],
      checks: [
        { kind: 'command', check: 'smoke', command: './smoke', when: 'steps', limitMs: MINUTE },
        {
          kind: 'http',
          check: 'home',
          path: '/',
          status: 404,
          contains: 'gone',
          when: 'entry',
          limitMs: 10 * MINUTE,
        },
      ],
      inconclusive: 'ask',
      judge: 'thresholds',
      watchMs: 2 * HOUR,
      drainMs: 5_000,
      passAfterMs: 3 * HOUR,
      env: { A: '' },
      renamedFrom: 'beta',
    })
  })

  test('a single step, a command and a path may be written short', () => {
    expect(readStage({ rollout: 'blue-green' }).rollout).toEqual([
      { kind: 'all', percent: 100, soakMs: 2 * MINUTE },
    ])
    expect(readStage({ rollout: { step: 'replace', soak: '5s' } }).rollout).toEqual([
      { kind: 'replace', percent: 100, soakMs: 5_000 },
    ])
    expect(readService({ build: false }).build.command).toBeNull()
    expect(readService({ build: 'make' }).build.command).toBe('make')
    const elsewhere = { command: null, output: '.', limitMs: 30 * MINUTE, env: {}, elsewhere: true }
    expect(readService({ build: 'elsewhere' }).build).toEqual(elsewhere)
    expect(readService({ build: { elsewhere: true, limit: '1h' } }).build).toEqual({
      ...elsewhere,
      limitMs: 60 * MINUTE,
    })
    expect(readService({ run: { command: 'x', health: '/up' } }).run.health.path).toBe('/up')
  })

  test('a header is looked up in lower case', () => {
    expect(readService({ run: { command: 'x', userKey: { header: 'X-User' } } }).run.userKey).toEqual({
      from: 'header',
      name: 'x-user',
    })
  })

  test('webhooks keep where their secret is, never what it is', () => {
    const notify = {
      webhook: [
        { url: 'https://example.com/hook', secretFrom: { env: 'HOOK_SECRET' } },
        { url: 'http://127.0.0.1:9/hook', secretFrom: { file: 'secret.txt' } },
      ],
    }
    expect(read({ ...withService({}), notify }).webhooks).toEqual([
      { url: 'https://example.com/hook', secretFrom: { kind: 'env', name: 'HOOK_SECRET' } },
      { url: 'http://127.0.0.1:9/hook', secretFrom: { kind: 'file', path: '/repo/secret.txt' } },
    ])
    expect(read({ ...withService({}), notify: { webhook: notify.webhook[0] } }).webhooks).toHaveLength(1)
  })

  test('processes: only web has a port, and each has its count', () => {
    const service = readService({
      run: undefined,
      processes: {
        worker: { command: 'node w.js', jobs: { done: 'ok', failed: ['bad', 'lost'] } },
        web: 'node s.js',
      },
      pipeline: [{ stage: 'staging' }, { stage: 'production', instances: { web: 10, worker: 4 } }],
    })
    expect(service.run).toMatchObject({
      command: 'node s.js',
      workers: [
        {
          process: 'worker',
          command: 'node w.js',
          steadyMs: 5_000,
          jobs: { done: ['ok'], failed: ['bad', 'lost'] },
        },
      ],
    })
    expect(service.run.portless).toBeUndefined()
    expect(service.stages).toMatchObject([
      { instances: 1, workers: { worker: 1 }, traffic: 'expected', bake: { requests: 100 } },
      { instances: 10, workers: { worker: 4 } },
    ])
  })

  test('without web there is no port, and nobody waits for requests unless lines tell of jobs', () => {
    const silent = readService({
      run: undefined,
      processes: { worker: 'node w.js' },
      pipeline: [{ stage: 'a' }],
    })
    expect(silent.run).toMatchObject({
      command: 'node w.js',
      process: 'worker',
      portless: { steadyMs: 5_000 },
    })
    expect(silent.stages[0]).toMatchObject({ portless: true, traffic: 'none' })
    const jobs = { done: 'ok', failed: 'bad' }
    const telling = readService({
      run: undefined,
      processes: { worker: { command: 'node w.js', jobs } },
      pipeline: [{ stage: 'a', bake: '1h' }],
    })
    expect(telling.stages[0]).toMatchObject({ portless: true, traffic: 'expected', bake: { requests: 100 } })
  })

  test('a release command has a limit', () => {
    expect(readService({ release: 'npm run migrate' }).run.release).toEqual({
      command: 'npm run migrate',
      limitMs: 600_000,
    })
    expect(readService({ release: { command: 'x', limit: '1m' } }).run.release?.limitMs).toBe(60_000)
    expect(readService({}).run.release).toBeUndefined()
  })

  test('what cannot be of processes is said with its place', () => {
    const pipeline = [{ stage: 'a', instances: { web: 2, wroker: 1 }, checks: [{ http: '/' }] }]
    const processes = { web: 'x', worker: 'y' }
    expect(problems(withService({ processes }))).toEqual([
      'shop.processes says what `run` says; keep one of them',
    ])
    expect(problems(withService({ run: undefined }))).toEqual([
      'shop.run is missing; write `run`, or `processes`',
    ])
    expect(problems(withService({ run: undefined, processes, pipeline }))).toEqual([
      'stage.instances.wroker is none of its processes (web, worker); did you mean `worker`?',
    ])
    const portless = {
      run: undefined,
      processes: { w: { command: 'y', health: '/' } },
      pipeline: [{ stage: 'a', checks: [{ http: '/' }] }],
    }
    expect(problems(withService(portless))).toEqual([
      'shop.processes.w.health is for `web`: this process has no port, and is well when it goes on running',
      'stage.checks[0].http asks for a path, and no process has a port; write a `command`',
    ])
  })

  test('an address of one environment among the variables of another is named', () => {
    const pipeline = [
      { stage: 'staging', env: { API: 'https://api.staging.example' } },
      { stage: 'production', env: { API: 'https://api.example', PAY: 'https://api.staging.example/pay' } },
    ]
    expect(readConfig(withService({ pipeline }), '/repo')).toMatchObject({
      ok: true,
      notes: [
        {
          path: ['services', 'shop', 'pipeline', 1, 'env', 'PAY'],
          message: 'holds api.staging.example, an address of `staging` (its API)',
        },
      ],
    })
  })

  test('a stage that is like another one differs only in what is declared', () => {
    const production = {
      stage: 'production',
      env: { API: 'https://api.example', MODE: 'full' },
      checks: [{ http: '/' }],
    }
    const gamma = { stage: 'gamma', like: 'production', env: { API: 'https://gamma.example', MODE: 'full' } }
    const said = (more: Loose) => problems(withService({ pipeline: [{ ...gamma, ...more }, production] }))
    expect(said({})).toEqual([
      'stage.like is `production`, but checks differs; make it alike, or add it to `differs`',
      'stage.like is `production`, but env.API differs; make it alike, or add it to `differs`',
    ])
    expect(said({ differs: ['env.API', 'checks'] })).toEqual([])
    expect(said({ differs: ['env.API'], checks: [{ http: '/' }] })).toEqual([])
    expect(said({ differs: ['env.API', 'checks', 'env.MODE'] })).toEqual([
      'stage.differs[2] says env.MODE, which is alike; take it out',
    ])
    expect(said({ like: 'produktion' })).toEqual([
      'stage.like names no other stage; did you mean `production`?',
    ])
    expect(problems(withStage({ differs: ['checks'] }))).toEqual([
      'stage.differs is for a stage that is `like` another one',
    ])
  })

  test('what a replaced stage leaves out is said, and stops nobody', () => {
    const reading = readConfig(withStage({ rollout: 'replace', checks: [{ http: '/' }] }), '/repo')
    expect(reading).toMatchObject({
      ok: true,
      notes: [
        {
          path: ['services', 'shop', 'pipeline', 0, 'rollout'],
          message: expect.stringContaining('without the checks of this one'),
        },
      ],
    })
    expect(readConfig(withStage({ rollout: 'replace' }), '/repo')).toMatchObject({ ok: true, notes: [] })
  })

  test('ports and host names may be chosen', () => {
    const listen = { host: '0.0.0.0', port: 80, suffix: 'apps.example.com', api: 9000 }
    expect(read({ ...withService({}), listen }).listen).toMatchObject({
      host: '0.0.0.0',
      port: 80,
      suffix: 'apps.example.com',
      apiPort: 9000,
    })
  })

  test('HTTPS, trusted proxies and the share of the access log may be chosen; a folder is seen from the file', () => {
    const tls = { port: 8443, certificates: 'certs' }
    const listen = { tls, trustedProxies: ['10.0.0.0/8', 'fd00::1'], accessLog: 0.5 }
    expect(read({ ...withService({}), listen }).listen).toMatchObject({
      tls: { port: 8443, certificates: '/repo/certs' },
      trustedProxies: ['10.0.0.0/8', 'fd00::1'],
      accessLogShare: 0.5,
      releaseHeader: true,
      bodyBytesMax: null,
      trafficRouter: 'built-in',
    })
  })

  test('a window that never closes holds any rollout', () => {
    const window = { days: 'every day', hours: '00:00-24:00', zone: 'UTC' }
    expect(readStage({ window, rollout: { step: '50%', soak: '2d' } }).rollout[0]?.soakMs).toBe(48 * HOUR)
    expect(
      problems(withStage({ window: { ...window, days: 'fri-mon' }, rollout: { step: '50%', soak: '4d' } })),
    ).toEqual([
      'stage.window is open for 4d at a time, but the rollout takes 4d2m (50% 4d, all 2m), so it would never start',
    ])
  })
})
