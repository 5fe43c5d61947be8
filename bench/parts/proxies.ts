// Proxies side by side: each one process, one thread, the same two backends chosen by customer, each logging every
// request to a file and counting per release.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBuiltInRouter } from '../../src/adapters/traffic-router/built-in/built-in-router.ts'
import { createBuiltInLookups } from '../../src/adapters/traffic-router/built-in/built-in-lookups.ts'
import { createLookupBuilder } from '../../src/domain/traffic/lookup-builder.ts'
import { createSystemClock } from '../../src/adapters/clock/system/system-clock.ts'

export const CUSTOMERS = 1_000

export type Running = { readonly pid: number; readonly port: number; stop(): Promise<void> }
export type Proxy = {
  readonly name: 'ours' | 'HAProxy' | 'nginx' | 'Caddy'
  readonly program: string
  start(at: { readonly folder: string; readonly upstream: number; readonly port: number }): Promise<Running>
}

/** Programs of this machine; another one than that in PATH is named by HAPROXY, NGINX or CADDY. */
export function proxies(): readonly Proxy[] {
  const all: readonly Proxy[] = [
    { name: 'ours', program: process.execPath, start: startOurs },
    { name: 'HAProxy', program: process.env['HAPROXY'] ?? 'haproxy', start: startHaproxy },
    { name: 'nginx', program: process.env['NGINX'] ?? 'nginx', start: startNginx },
    { name: 'Caddy', program: process.env['CADDY'] ?? 'caddy', start: startCaddy },
  ]
  return all.filter(({ program }) => spawnSync(program, ['-v'], { stdio: 'ignore' }).error === undefined)
}

/** Answers 100 bytes at once, so that what stands in front of it is the limit. */
export async function startUpstream(folder: string): Promise<Running> {
  const port = await freePort()
  const config = `${HAPROXY_BASE}
frontend upstream
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string "${'0123456789'.repeat(10)}"
`
  writeFileSync(join(folder, 'upstream.cfg'), config)
  return started(process.env['HAPROXY'] ?? 'haproxy', ['-db', '-f', join(folder, 'upstream.cfg')], {
    folder,
    port,
    name: 'upstream',
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const HAPROXY_BASE = `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
`

async function startOurs(at: Parameters<Proxy['start']>[0]): Promise<Running> {
  const state = join(at.folder, 'state')
  mkdirSync(state, { recursive: true })
  const instance = (id: string) => ({ id, host: '127.0.0.1', port: at.upstream })
  const key = { from: 'customer' } as const
  const builder = createLookupBuilder({ table: 'customers', generation: 1, key, columns: ['plan'] })
  for (let n = 0; n < CUSTOMERS; n += 1) builder.add(`customer-${n}`, [n % 2 === 0 ? 'paying' : 'free'])
  const { table, parts } = builder.build()
  await createBuiltInLookups({ stateDir: state, clock: createSystemClock() }).put('shop', table.head, parts)
  await createBuiltInRouter({ stateDir: state, clock: createSystemClock() }).apply(
    {
      environment: { service: 'shop', stage: 'production' },
      generation: 1,
      salt: 'bench',
      userKey: { from: 'header', name: 'X-Customer' },
      drainMs: 1_000,
      healthPath: null,
      isLast: true,
      customerKey: { from: 'header', name: 'x-customer' },
      rules: [
        {
          id: 'free',
          when: [
            {
              attribute: { from: 'lookup', table: 'customers', column: 'plan' },
              test: { op: 'is', value: 'free' },
            },
          ],
          percent: 100,
          salt: 'free',
          to: { release: 23 },
          expiresAt: null,
          reason: 'the free plan stays a release behind',
          by: 'bench',
          since: 0,
        },
      ],
      arms: [
        { release: 22, weightPercent: 100, instances: [instance('a')] },
        { release: 23, weightPercent: 0, instances: [instance('b')] },
      ],
    },
    { key: 'bench', fence: 1, signal: AbortSignal.timeout(5_000) },
  )
  const route = join(import.meta.dirname, '../../src/main/route.ts')
  return started(
    process.execPath,
    [route, '--state', state, '--port', String(at.port), '--access-log', join(at.folder, 'access.log')],
    {
      ...at,
      name: 'ours',
    },
  )
}

function startHaproxy({ folder, upstream, port }: Parameters<Proxy['start']>[0]): Promise<Running> {
  const map = join(folder, 'haproxy.map')
  writeFileSync(
    map,
    customers((name, release) => `${name} release-${release}`),
  )
  const backend = (release: number) => `
backend release-${release}
  http-reuse always
  option forwardfor
  http-response set-header X-Sluice-Release ${release}
  server one 127.0.0.1:${upstream}
`
  const config = `${HAPROXY_BASE}
  option httplog
  log stdout format raw local0
frontend front
  bind 127.0.0.1:${port}
  use_backend %[req.hdr(x-customer),map_str(${map},release-22)]
  default_backend release-22
${backend(22)}${backend(23)}`
  writeFileSync(join(folder, 'haproxy.cfg'), config)
  return started(process.env['HAPROXY'] ?? 'haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
    folder,
    port,
    name: 'haproxy',
  })
}

function startNginx({ folder, upstream, port }: Parameters<Proxy['start']>[0]): Promise<Running> {
  const backend = (release: number) =>
    `upstream release-${release} { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }`
  const config = `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx-error.log;
events { worker_connections 10000; }
http {
  access_log ${folder}/nginx-access.log combined buffer=64k flush=1s;
  client_body_temp_path ${folder}/nginx-body; proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-f; uwsgi_temp_path ${folder}/nginx-u; scgi_temp_path ${folder}/nginx-s;
  keepalive_requests 1000000000;
  map_hash_max_size 8192;
  map $http_x_customer $release { default release-22; ${customers((name, release) => `${name} release-${release};`)} }
  ${backend(22)} ${backend(23)}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://$release;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      add_header X-Sluice-Release $release;
    }
  }
}
`
  writeFileSync(join(folder, 'nginx.conf'), config)
  return started(process.env['NGINX'] ?? 'nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], {
    folder,
    port,
    name: 'nginx',
  })
}

function startCaddy({ folder, upstream, port }: Parameters<Proxy['start']>[0]): Promise<Running> {
  const config = `{
  admin off
  auto_https off
  storage file_system ${folder}/caddy
}
http://:${port} {
  bind 127.0.0.1
  log {
    output file ${folder}/caddy-access.log
  }
  map {header.X-Customer} {release} {
    ${customers((name, release) => `${name} ${release}`)}
    default 22
  }
  header X-Sluice-Release {release}
  @other vars {release} 23
  reverse_proxy @other 127.0.0.1:${upstream}
  reverse_proxy 127.0.0.1:${upstream}
}
`
  writeFileSync(join(folder, 'Caddyfile'), config)
  return started(
    process.env['CADDY'] ?? 'caddy',
    ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
    { folder, port, name: 'caddy', env: { GOMAXPROCS: '1', HOME: folder } },
  )
}

function customers(line: (name: string, release: number) => string): string {
  const all = Array.from({ length: CUSTOMERS }, (_, n) => line(`customer-${n}`, n % 2 === 0 ? 22 : 23))
  return `${all.join('\n')}\n`
}

type Starting = {
  readonly folder: string
  readonly port: number
  readonly name: string
  readonly env?: Readonly<Record<string, string>>
}

async function started(program: string, args: readonly string[], at: Starting): Promise<Running> {
  const output = openSync(join(at.folder, `${at.name}.log`), 'a')
  const child = spawn(program, args, {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...at.env },
  })
  for (let look = 0; look < 200; look += 1) {
    if (child.exitCode !== null) break
    if (await answers(at.port)) {
      return { pid: workerOf(child, at.name), port: at.port, stop: () => stopped(child) }
    }
    await sleep(50)
  }
  child.kill('SIGKILL')
  const words = readFileSync(join(at.folder, `${at.name}.log`), 'utf8').slice(-2_000)
  throw new Error(`${program} did not start: ${words}`)
}

/** nginx works in a child of the process that was started. */
function workerOf(child: ChildProcess, name: string): number {
  const pid = child.pid ?? 0
  if (name !== 'nginx') return pid
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

async function answers(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await closed
  clearTimeout(timer)
}
