// Everything a config may say, with what it means. Only `services`, and in each service `run` (or `processes`) and
// `pipeline`, have to be there; leave out the rest until you need it: the defaults are those of a careful team.
import { defineConfig } from 'sluice'

export default defineConfig({
  // What several repositories share may be a file under this one, `extends: '../shared/sluice.base.yaml'`; and this is
  // what every service here begins with. What stands nearer wins: objects key by key, lists as a whole. Where a value
  // comes from says `sluice config explain services.shop.source.branch`.
  defaults: { source: { branch: 'main' } },

  // Groups for `approve`; people are named as their tokens are.
  people: { leads: ['anna', 'ben', 'chris'] },

  services: {
    // The name becomes part of host names: http://shop.localhost:8080 leads to the last stage.
    shop: {
      // A folder seen from this file, or a URL. Every merged commit on the branch becomes a release.
      source: { git: '.', branch: 'main', poll: '10s' },

      // One command is enough: `build: 'npm ci && npm run build'`. `output` is the folder that becomes the artifact.
      // `build: 'elsewhere'` where your own CI builds it and adds it with `sluice artifact add`.
      build: {
        command: 'npm ci && npm run build',
        output: '.',
        limit: '30m',
        env: { CI: 'true' },
      },

      // One command is enough here too. It must listen on the port it finds in the variable PORT.
      run: {
        command: 'node server.js',
        // Well means: answers with 2xx within `wait` after its start. A path by itself is enough.
        health: { path: '/healthz', wait: '2m' },
        // What it speaks on its port. Or 'h2c': HTTP/2 in clear text and nothing else, as servers of gRPC do.
        protocol: 'http',
        // How many requests an instance is given at once; what is too much waits in the router, and beyond that is told
        // to come again. Or a number by itself.
        concurrency: { perInstance: 50, waiting: 200, wait: '5s' },
        // Who a user is, so that each stays with one version. Or { header: 'x-user-id' }.
        userKey: { cookie: 'session' },
        // Which customer that is, for `sluice route add --customer acme`. By default the customer is the user.
        customerKey: { header: 'x-customer' },
        // Whose tokens are believed, for `sluice route add --when claim:plan=free`; found in `Authorization: Bearer`,
        // or in a cookie. Where the keys cannot be fetched, the last good ones are used.
        tokens: {
          keys: 'https://login.example.com/.well-known/jwks.json',
          issuer: 'https://login.example.com/',
          audience: 'shop',
        },
        // What each version is measured apart by: `sluice metrics --by release,plan`.
        measureBy: { customer: 'customer', plan: 'lookup:customers.plan' },
        // Where each instance tells what it counts itself, for the `alarms` of stages.
        metrics: '/metrics',
        env: { LOG_FORMAT: 'json' },
        // Where a stage lacks one of these, the release waits: `sluice vars set`, `sluice secret set`.
        needs: ['BASE_URL'],
        // From SIGTERM to SIGKILL.
        term: '10s',
      },

      // The way of every release, in order.
      pipeline: [
        {
          stage: 'staging',
          instances: 2,
          // A change must be watched here for an hour and answer 100 requests; a release must serve `own` of it
          // itself to go on alone. From `atLeast` on the bake may be over early, when it is shown that the change is not
          // worse by what matters. `bake: false` for none.
          bake: { for: '1h', requests: 100, own: '6m', atLeast: '20m' },
          rollout: 'all-at-once',
          // `none` where nobody sends requests: time, checks, crashes and logs decide.
          traffic: 'expected',
          checks: [
            // Passes with exit code 0. SLUICE_URL leads to the candidate and nothing else.
            { check: 'smoke', command: 'npm run smoke', limit: '10m' },
            { check: 'home page', http: '/', status: 200, contains: 'Welcome', when: 'entry' },
          ],
          // When the evidence could not have shown a regression: go on, marked unproven. Or 'extend', or 'ask'.
          inconclusive: 'promote',
          // Nothing enters while it is this many changes before production, but what reverts or fixes one of them.
          ahead: 5,
          // Who says what is seen means. 'thresholds' knows fixed limits only.
          judge: 'sequential',
          // It is to be as production is, but for what is declared: anything else that differs is refused.
          like: 'production',
          differs: ['checks', 'env.BASE_URL'],
          // Wins over `run.env`.
          env: { BASE_URL: 'http://staging.shop.localhost:8080' },
        },
        {
          stage: 'production',
          instances: 10,
          // Outside of these hours releases wait; they never fail for it. `caught` is for a rollout under way.
          window: {
            days: 'mon-fri',
            hours: '09:00-18:00',
            zone: 'America/New_York',
            except: ['2026-12-24', '2026-12-25'],
          },
          caught: 'go-back',
          // Gives staging copies of a tenth of the requests that only read. Nobody waits for them.
          mirror: { to: 'staging', percent: 10 },
          // Shares of the traffic, and how long to watch after each. A word by itself has a soak of its own.
          rollout: [
            { step: 'one-box', soak: '10m' },
            '25%',
            { step: '50%', soak: '5m', confirm: true },
            'all-at-once',
          ],
          // `steps`: again at each step of the rollout.
          checks: [{ check: 'checkout works', command: 'npm run smoke:checkout', when: 'steps' }],
          inconclusive: 'extend',
          // Other services that may suffer from a release of this one: a rise there is a hold that names both.
          watches: ['payments', 'search/live'],
          // A Prometheus of your own, beside what Sluice counts: with `requests` and `errors` the judge goes by what
          // stands there, and not by what the router saw. `version` is the label that says which release counted: its
          // number, or how its commit begins. What is not told is missing and holds; it is never zero.
          analysis: {
            prometheus: { url: 'http://prometheus.internal:9090', token: { secret: 'PROMETHEUS_TOKEN' } },
            every: '15s',
            version: 'version',
            requests: 'http_requests_total{service="shop"}',
            errors: 'http_requests_total{service="shop",code=~"5.."}',
            latency: 'http_request_duration_seconds_bucket{service="shop"}',
          },
          // Limits of your own, beside the judge: on what Sluice counts (`of`), on what instances tell (`metric`), or on
          // a `query` of `analysis`. One that fires turns the release back; one that the release before it fires, too, holds.
          alarms: [
            { alarm: 'checkout', query: 'sum by (version) (rate(checkout_failed_total[1m]))', above: 0.5 },
            {
              alarm: 'invalid sign-ups',
              metric: 'signups_total{result="invalid"}',
              per: 'request',
              above: 0.1,
              // Once it is broken it counts as broken until here.
              clear: 0.05,
              // In three of the last five ticks.
              ticks: 3,
              ofTicks: 5,
            },
            { alarm: 'workers', metric: 'workers_busy', below: 1 },
            // In a minute, beside the release before it.
            { alarm: 'a leak', of: 'memoryBytes', rises: 20_000_000 },
            { alarm: 'users leave', metric: 'sessions_open', falls: 100 },
            // So many of its usual spreads above what is usual of the release before it.
            { alarm: 'cpu', of: 'cpuPercent', sigma: 6 },
          ],
          // The way back stays warm for this long after a release has all the traffic.
          watch: '1h',
          // Requests under way may finish before an instance is stopped.
          drain: '30s',
          // The head of the queue may wait this long for a person before the next one goes past it.
          passAfter: '1h',
          queue: 'each',
          // Two of the leads look at it, and nobody at their own; `promote: 'by-hand'` would only wait for a hand.
          approve: { by: ['leads'], n: 2, own: false },
          // When a stage gets another name, what it runs comes along.
          renamedFrom: 'live',
        },
      ],
    },

    // Several processes of one release, instead of `run`. Only `web` has a port, and it may be missing, as it is here:
    // time, crashes, restarts, error lines and jobs decide.
    mailer: {
      // Of a repository that several services share: what touches nothing of this one makes no release of it. The build
      // runs in `folder`, and `output` is seen from there.
      source: {
        git: 'https://example.com/mailer.git',
        folder: 'services/mailer',
        paths: ['services/mailer', 'libs', '!**/*.md'],
      },
      build: false,
      processes: {
        sender: {
          command: 'python sender.py',
          // Well means: it ran for this long, and goes on.
          steady: '5s',
          // Lines of its output that tell of a job; jobs are then judged as requests are.
          jobs: { done: 'mail sent', failed: ['mail bounced', 'mail refused'] },
          env: { BATCH: '20' },
          term: '30s',
        },
        planner: 'python planner.py',
      },
      // Once per rollout, before its first instance.
      release: { command: 'python migrate.py', limit: '10m' },
      // How many of each; a share of the steps is a share of these.
      pipeline: [
        {
          stage: 'production',
          instances: { sender: 4, planner: 1 },
          // Or Datadog, here for alarms alone. Keys are secrets of the stage, and instances are not given them.
          analysis: {
            datadog: {
              site: 'datadoghq.eu',
              apiKey: { secret: 'DD_API_KEY' },
              applicationKey: { secret: 'DD_APP_KEY' },
            },
            every: '30s',
          },
          alarms: [{ alarm: 'bounces', query: 'sum:mail.bounced{env:production} by {version}', above: 50 }],
        },
      ],
    },
  },

  // The router's address and port, what host names end in, and the port of the API and the web page.
  listen: {
    host: '127.0.0.1',
    port: 8080,
    suffix: 'localhost',
    api: 8088,
    // HTTPS with HTTP/2, beside plain HTTP. Certificates that are replaced are taken up without a restart.
    tls: { port: 8443, certificates: '/etc/sluice/certificates' },
    // Whoever connects from elsewhere is not believed about the client behind it.
    trustedProxies: ['10.0.0.0/8'],
    // One of a hundred requests that went well; every one that went wrong.
    accessLog: 0.01,
    // Whether answers tell their release: `X-Sluice-Release: 12`.
    releaseHeader: true,
    // Larger bodies of requests are refused with 413.
    // Or 'haproxy': HAProxy of this machine, which Sluice starts and drives.
    trafficRouter: 'built-in',
    bodyLimit: '100MB',
  },

  // What Sluice may take of its machine: memory of warm releases together, build caches, copies of remote repositories.
  limits: { warmMemory: '25%', buildCache: '10GB', mirrors: '10GB' },

  // Who is told what happens. The secret that signs notices stays where it is.
  // Copies of the store, each read through after it is written. `false`: only with `sluice backup`.
  backup: { every: '1d', keep: 7 },
  notify: {
    webhook: { url: 'https://example.com/hooks/sluice', secretFrom: { env: 'SLUICE_WEBHOOK_SECRET' } },
  },
})
