import { describe, expect, test } from 'vitest'
import { type Loose, problems, withService, withStage } from './sample-configs.ts'

const STEP = 'is not a step of a rollout'
const DURATION = "is not a duration with its unit, such as '90s', '10m', '1h30m' or '2d', of at most 366d"

describe('mistakes', () => {
  test.each<[Loose, string]>([
    [
      { stage: 'Staging' },
      'stage.stage is wrong: "Staging" cannot be the name of a stage: up to 40 lower-case letters, digits and dashes, a letter first',
    ],
    [{ stage: 'r12' }, 'stage.stage cannot be `r12`: that is the address of a release'],
    [
      { stage: 'production' },
      'shop.pipeline[1].stage is a second `production`; stages need names of their own',
    ],
    [
      { renamedFrom: 'production' },
      'stage.renamedFrom cannot be `production`: there still is a stage of that name',
    ],
    [{ instances: 0 }, 'stage.instances must be at least 1'],
    [{ instances: '3' }, 'stage.instances must be a whole number of instances'],
    [{ instances: 2.5 }, 'stage.instances must be a whole number of instances'],
    [{ instances: 1001 }, 'stage.instances must be at most 1000'],
    [{ traffic: 'nothing' }, "stage.traffic must be 'expected' or 'none'"],
    [{ traffic: 'expcted' }, "stage.traffic must be 'expected' or 'none' -> expected"],
    [{ bake: true }, "stage.bake must be { for: '1h' }, a duration, or false"],
    [{ bake: '1 hour' }, `stage.bake is wrong: "1 hour" ${DURATION}`],
    [{ bake: 60 }, "stage.bake must be { for: '1h' }, a duration, or false"],
    [
      { bake: { for: 60 } },
      "stage.bake.for is wrong: 60 has no unit; write '60s' for seconds or '60m' for minutes",
    ],
    [{ bake: { for: '1h', own: '2h' } }, 'stage.bake.own must not be longer than `for`, which is 1h'],
    [{ bake: { for: '1h', atLeast: '2h' } }, 'stage.bake.atLeast must not be longer than `for`, which is 1h'],
    [
      { bake: { for: '1h', atLeast: '9m' }, judge: 'thresholds' },
      'stage.bake.atLeast needs the sequential judge: fixed limits cannot show that a release is not worse',
    ],
    [{ bake: { requests: -1 } }, 'stage.bake.requests must not be negative'],
    [{ bake: { request: 5 } }, 'stage.bake.request is not a key here -> requests'],
    [{ bake: { duration: '5m' } }, 'stage.bake.duration is not a key here -> for'],
    [
      { traffic: 'none', bake: { requests: 5 } },
      'stage.bake.requests waits for requests, but `traffic: none` says that nobody sends any',
    ],
    [{ window: 'mon-fri' }, 'stage.window must be { days, hours, zone }'],
    [{ window: {} }, "stage.window.zone is missing; it must name a time zone, such as 'Europe/Berlin'"],
    [
      { window: { zone: 'UTC', days: 'monday' } },
      `stage.window.days is wrong: "monday" is not days, such as 'mon-fri' or 'mon,wed'`,
    ],
    [
      { window: { zone: 'UTC', hours: '9-17' } },
      `stage.window.hours is wrong: "9-17" is not hours of one day, such as '09:00-18:00'`,
    ],
    [
      { window: { zone: 'UTC', hours: '22:00-06:00' } },
      `stage.window.hours is wrong: "22:00-06:00" is not hours of one day, such as '09:00-18:00'`,
    ],
    [
      { window: { zone: 'Europe/Berln' } },
      'stage.window.zone is wrong: "Europe/Berln" is not a time zone of the IANA list -> Europe/Berlin',
    ],
    [
      { window: { zone: 'UTC', except: ['24.12.2026'] } },
      `stage.window.except[0] is wrong: "24.12.2026" is not a day; write it as '2026-12-24'`,
    ],
    [{ window: { timezone: 'UTC', zone: 'UTC' } }, 'stage.window.timezone is not a key here -> zone'],
    [
      { window: { zone: 'UTC', hours: '09:00-09:30' }, rollout: { step: '50%', soak: '1h' } },
      'stage.window is open for 30m at a time, but the rollout takes 1h2m (50% 1h, all 2m), so it would never start',
    ],
    [{ caught: 'back' }, "stage.caught must be 'go-back' or 'stay'"],
    [{ rollout: 'one-bx' }, `stage.rollout is wrong: "one-bx" ${STEP} -> one-box`],
    [{ rollout: ['canary'] }, `stage.rollout[0] is wrong: "canary" ${STEP}`],
    [{ rollout: ['0%'] }, `stage.rollout[0] is wrong: "0%" ${STEP}`],
    [{ rollout: ['12.5%'] }, `stage.rollout[0] is wrong: "12.5%" ${STEP}`],
    [{ rollout: [] }, 'stage.rollout has no steps; leave it out for the default'],
    [{ rollout: [25] }, "stage.rollout[0] must be a step, such as 'one-box' or { step: '25%', soak: '2m' }"],
    [
      { rollout: ['50%', '25%'] },
      'stage.rollout[1] cannot be: `25%` does not go beyond the 50% before it; steps must grow',
    ],
    [
      { rollout: ['one-box', 'replace'] },
      'stage.rollout[1] cannot be: `replace` stops the old instances first, so it must be the only step',
    ],
    [{ rollout: [{ step: '25%', soak: 'long' }] }, `stage.rollout[0].soak is wrong: "long" ${DURATION}`],
    [{ rollout: [{ step: '25%', confirm: 'yes' }] }, 'stage.rollout[0].confirm must be true or false'],
    [{ rollout: [{ step: '25%', wait: '1m' }] }, 'stage.rollout[0].wait is not a key here -> soak'],
    [{ watches: 'payments' }, 'stage.watches must be a list of services'],
    [
      { watches: ['Payments!'] },
      'stage.watches[0] is wrong: "Payments!" cannot be a service, nor one and its stage, such as payments, or payments/live',
    ],
    [{ watches: ['payments', 'payments'] }, 'stage.watches[1] is watched already'],
    [{ checks: { command: 'x' } }, 'stage.checks must be a list of checks'],
    [{ checks: [{}] }, 'stage.checks[0] must have either a `command` or an `http` path'],
    [
      { checks: [{ command: 'x', http: '/' }] },
      'stage.checks[0] must have either a `command` or an `http` path',
    ],
    [
      { checks: [{ command: ' ' }] },
      'stage.checks[0].command is empty; write a command, as you would type it',
    ],
    [
      { checks: [{ http: 'home' }] },
      `stage.checks[0].http is wrong: "home" is not a path; write it from the slash on, such as '/healthz'`,
    ],
    [{ checks: [{ command: 'x', status: 200 }] }, 'stage.checks[0].status is only for `http` checks'],
    [{ checks: [{ command: 'x', contains: 'y' }] }, 'stage.checks[0].contains is only for `http` checks'],
    [{ checks: [{ http: '/', status: 42 }] }, 'stage.checks[0].status must be a status from 100 to 599'],
    [
      { checks: [{ command: 'x' }, { command: 'x' }] },
      'stage.checks[1] has the same name as another check: `x`',
    ],
    [{ checks: [{ command: 'x', when: 'always' }] }, "stage.checks[0].when must be 'entry' or 'steps'"],
    [{ checks: [{ command: 'x', limit: '0' }] }, 'stage.checks[0].limit must be at least 1s'],
    [{ inconclusive: 'extnd' }, "stage.inconclusive must be 'promote', 'extend' or 'ask' -> extend"],
    [{ judge: 'threshold' }, "stage.judge must be 'sequential' or 'thresholds' -> thresholds"],
    [{ watch: '1x' }, `stage.watch is wrong: "1x" ${DURATION}`],
    [{ drain: 30 }, "stage.drain is wrong: 30 has no unit; write '30s' for seconds or '30m' for minutes"],
    [{ passAfter: '400d' }, `stage.passAfter is wrong: "400d" ${DURATION}`],
    [{ queue: 'newest' }, "stage.queue must be 'each' or 'latest'"],
    [{ env: { A: 1 } }, "stage.env.A must be a text; put it in quotes, so that '1.10' does not become 1.1"],
    [
      { env: { 'A-B': '1' } },
      'stage.env.A-B is wrong: "A-B" cannot be a variable: letters, digits and underscores only',
    ],
    [{ env: { PORT: '1' } }, 'stage.env.PORT is wrong: `PORT` is given by Sluice itself; take it out'],
    [
      { env: { SLUICE_ROLE: 'x' } },
      'stage.env.SLUICE_ROLE is wrong: `SLUICE_ROLE` is given by Sluice itself; take it out',
    ],
    [{ env: 'A=1' }, 'stage.env must be variables and their values'],
    [{ approve: { by: ['anna'], n: 2 } }, 'stage.approve.n wants 2 approvals, and only 1 person is asked'],
    [{ approve: { by: [] } }, 'stage.approve.by is wrong: names nobody; leave it out for anybody'],
    [
      { approve: {}, promote: 'by-hand' },
      'stage.promote says the same as `approve`, and less; keep one of them',
    ],
    [{ promote: 'auto' }, "stage.promote must be 'by-hand', or left out"],
    [
      { locks: [] },
      'stage.locks is not a key yet: locks are set while it runs, with `sluice lock`, and not supported in the config yet',
    ],
    [{ hotfix: {} }, 'stage.hotfix is not a key yet: settings for hotfixes are not supported yet'],
    [
      { vars: {} },
      'stage.vars is not set here: variables with versions are set while it runs, with `sluice vars set`; `env` takes plain ones',
    ],
    [
      { secrets: {} },
      'stage.secrets is not set here: secrets are set while it runs, with `sluice secret set`; keep them out of `env`, which is shown to people',
    ],
    [{ rolout: 'one-box' }, 'stage.rolout is not a key here -> rollout'],
    [{ replicas: 2 }, 'stage.replicas is not a key here -> instances'],
    [{ health: '/' }, 'stage.health is not a key here; it belongs in `run`'],
    [
      { wibble: 1 },
      'stage.wibble is not a key here; there are `stage`, `instances`, `traffic`, `bake`, `window`, `caught`, `rollout`, `checks`, `inconclusive`, `judge`, `analysis`, `alarms`, `watches`, `watch`, `drain`, `passAfter`, `maintenance`, `mirror`, `queue`, `ahead`, `approve`, `promote`, `env`, `like`, `differs`, `renamedFrom`',
    ],
  ])('in a stage: %j', (stage, problem) => {
    expect(problems(withStage(stage))).toEqual([problem])
  })

  test.each<[Loose, string]>([
    [{ run: undefined }, 'shop.run is missing; write `run`, or `processes`'],
    [{ run: 5 }, 'shop.run must be a command, or { command, health }'],
    [{ run: '' }, 'shop.run is empty; write a command, as you would type it'],
    [{ run: {} }, 'shop.run.command is missing; it must be a command, as you would type it'],
    [{ run: { cmd: 'x' } }, 'shop.run.cmd is not a key here -> command'],
    [
      { run: { command: 'x', health: 'healthz' } },
      `shop.run.health is wrong: "healthz" is not a path; write it from the slash on, such as '/healthz'`,
    ],
    [{ run: { command: 'x', health: { path: '/', wait: '0' } } }, 'shop.run.health.wait must be at least 1s'],
    [
      { run: { command: 'x', port: 3000 } },
      'shop.run.port is not set here: the command is given a free port in the variable `PORT`',
    ],
    [
      { run: { command: 'x', customerKey: {} } },
      'shop.run.customerKey must have either a `cookie` or a `header`',
    ],
    [
      { run: { command: 'x', tokens: { keys: 'http://login.example.com/keys' } } },
      'shop.run.tokens.keys must be an address with https, or of this machine',
    ],
    [
      {
        pipeline: [{ stage: 'production', mirror: { to: 'staging', percent: 10 } }, { stage: 'staging' }],
      },
      'stage.mirror.to is no stage before production, and copies only go backwards',
    ],
    [{ run: { command: 'x', userKey: {} } }, 'shop.run.userKey must have either a `cookie` or a `header`'],
    [
      { run: { command: 'x', userKey: { cookie: 'a', header: 'b' } } },
      'shop.run.userKey must have either a `cookie` or a `header`',
    ],
    [
      { run: { command: 'x', userKey: 'uid' } },
      "shop.run.userKey must be { cookie: 'name' } or { header: 'name' }",
    ],
    [
      { run: { command: 'x', userKey: { cookie: 'a b' } } },
      'shop.run.userKey.cookie is not the name of a cookie',
    ],
    [{ run: { command: 'x', term: 'soon' } }, `shop.run.term is wrong: "soon" ${DURATION}`],
    [
      { build: ['make'] },
      "shop.build must be a command, { command, output }, 'elsewhere', or false for nothing to build",
    ],
    [
      { build: { elsewhere: true, command: 'make' } },
      'shop.build.command means nothing where it is built `elsewhere`; leave one of them out',
    ],
    [{ build: { elsewhere: false } }, 'shop.build.elsewhere must be true; leave it out where Sluice builds'],
    [
      { build: { output: '../dist' } },
      'shop.build.output is wrong: "../dist" leads out of the checkout; name a folder inside it',
    ],
    [
      { build: { output: '/dist' } },
      'shop.build.output is wrong: "/dist" leads out of the checkout; name a folder inside it',
    ],
    [{ build: { dist: 'dist' } }, 'shop.build.dist is not a key here -> output'],
    [{ build: { limit: '10' } }, `shop.build.limit is wrong: "10" ${DURATION}`],
    [{ source: '.' }, "shop.source must be { git: '.', branch: 'main' }"],
    [
      { source: { git: '~/shop' } },
      'shop.source.git starts with `~`, which only a shell understands; write the path in full',
    ],
    [{ source: { branch: 'a b' } }, 'shop.source.branch is wrong: "a b" cannot be the name of a branch'],
    [
      { source: { branch: '--upload-pack=x' } },
      'shop.source.branch is wrong: "--upload-pack=x" cannot be the name of a branch',
    ],
    [{ source: { poll: '1ms' } }, 'shop.source.poll must be at least 1s'],
    [{ source: { paths: ['../a'] } }, 'shop.source.paths[0] is wrong: leads out of the repository'],
    [
      { source: { folder: '/a' } },
      'shop.source.folder is wrong: "/a" leads out of the checkout; name a folder inside it',
    ],
    [{ pipeline: [] }, "shop.pipeline has no stages; write at least [{ stage: 'production' }]"],
    [{ pipeline: ['production'] }, "stage must be a stage, such as { stage: 'production' }"],
    [
      { pipeline: undefined },
      "shop.pipeline is missing; it must be a list of stages, such as [{ stage: 'staging' }, { stage: 'production' }]",
    ],
    [{ processes: {} }, 'shop.processes has no process; write at least one'],
    [{ release: '' }, 'shop.release is empty; write a command, as you would type it'],
    [{ window: {} }, 'shop.window is not a key here; it belongs in a stage of the pipeline'],
    [{ branch: 'main' }, 'shop.branch is not a key here; it belongs in `source`'],
    [{ bild: 'make' }, 'shop.bild is not a key here -> build'],
  ])('in a service: %j', (service, problem) => {
    expect(problems(withService(service))).toEqual([problem])
  })

  test.each<[unknown, string]>([
    [null, 'must be { services: { … } }'],
    ['services', 'must be { services: { … } }'],
    [{}, 'services is missing; it must be services by their names'],
    [{ services: {} }, 'services has no service; describe at least one'],
    [{ services: [] }, 'services must be services by their names'],
    [{ services: { shop: null } }, 'shop must be a service: { build, run, pipeline }'],
    [{ servics: {} }, 'servics is not a key here -> services'],
    [{ ...withService({}), listen: { port: 0 } }, 'listen.port must be a port from 1 to 65535'],
    [{ ...withService({}), listen: { port: 9, api: 9 } }, "listen.api is 9, the same as the router's port"],
    [{ ...withService({}), listen: { port: 8088 } }, "listen.port is 8088, the same as the API's port"],
    [
      { ...withService({}), listen: { tls: { port: 8080, certificates: 'certs' } } },
      "listen.tls.port is 8080, the same as the router's port",
    ],
    [
      { ...withService({}), listen: { tls: { port: 8443 } } },
      'listen.tls.certificates is missing; it must be a folder',
    ],
    [{ ...withService({}), listen: { accessLog: 2 } }, 'listen.accessLog must be a share from 0 to 1'],
    [
      { ...withService({}), listen: { trustedProxies: ['ten'] } },
      'listen.trustedProxies[0] is neither an address nor a network such as `10.0.0.0/8`',
    ],
    [
      { ...withService({}), listen: { suffix: '.com' } },
      'listen.suffix is not the end of a host name, such as `localhost` or `apps.example.com`',
    ],
    [
      { ...withService({}), notify: { webhook: { url: 'https://a.b' } } },
      "notify.webhook.secretFrom is missing; it must say where the secret is: { env: 'NAME' } or { file: 'path' }",
    ],
    [
      { ...withService({}), notify: { webhook: { url: 'ftp://a.b', secretFrom: { env: 'A' } } } },
      'notify.webhook.url must be a URL that starts with https:// or http://',
    ],
    [
      { ...withService({}), notify: { webhook: { url: 'https://a.b', secretFrom: {} } } },
      'notify.webhook.secretFrom must have either `env` or `file`',
    ],
    [
      {
        ...withService({}),
        notify: { webhook: [{ url: 'https://a.b', secretFrom: { env: 'A', file: 'b' } }] },
      },
      'notify.webhook[0].secretFrom must have either `env` or `file`',
    ],
    [
      { ...withService({}), notify: { slack: {}, webhook: [] } },
      'notify.slack is not a key yet: only webhooks are supported yet',
    ],
  ])('at the top: %j', (raw, problem) => {
    expect(problems(raw)).toEqual([problem])
  })

  test('a secret that was written out is refused without being repeated', () => {
    const webhook = { url: 'https://a.b', secret: 'whsec_hush', secretFrom: { env: 'whsec hush' } }
    const found = problems({
      ...withService({ run: { command: 'x', env: { TOKEN: ['hush'] } } }),
      notify: { webhook },
    })
    expect(found).toHaveLength(3)
    expect(found.join('\n')).not.toContain('hush')
  })

  test('the names of services are those of hosts', () => {
    const body = { run: 'x', pipeline: [{ stage: 'production' }] }
    expect(problems({ services: { 'My Shop': body } })).toEqual([
      'services["My Shop"] is wrong: "My Shop" cannot be the name of a service: up to 40 lower-case letters, digits and dashes, a letter first',
    ])
  })

  test('two stages cannot come from one', () => {
    const pipeline = [
      { stage: 'a', renamedFrom: 'old' },
      { stage: 'b', renamedFrom: 'old' },
    ]
    expect(problems(withService({ pipeline }))).toEqual([
      'shop.pipeline[1].renamedFrom is already what another stage was called before',
    ])
  })

  test('a slip in one place does not hide a contradiction in another', () => {
    const stage = {
      trafic: 'none',
      instances: 'three',
      bake: { for: '1h', own: '2h' },
      rollout: ['50%', '25%'],
    }
    expect(problems(withStage(stage))).toEqual([
      'stage.instances must be a whole number of instances',
      'stage.trafic is not a key here -> traffic',
      'stage.rollout[1] cannot be: `25%` does not go beyond the 50% before it; steps must grow',
      'stage.bake.own must not be longer than `for`, which is 1h',
    ])
  })
})
