// What HAProxy is started with: written once, and never again while it runs. Everything that a plan can change is in its
// maps and among its servers, which are changed over its socket, so that no plan needs a reload.

export type HaproxyFiles = {
  /** Folder of the maps, which HAProxy begins empty with. */
  readonly folder: string
  readonly socket: string
  readonly pidFile: string
  readonly luaFile: string
}

export type HaproxyPorts = {
  readonly host: string
  readonly port: number
  /** Hosts under it lead where the map says, or nowhere. */
  readonly suffix: string
  /** Told again by a HAProxy that runs: whether it was started with this very configuration. */
  readonly setup: string
  /** One loopback port for each door that may be open at once. */
  readonly doors: readonly number[]
}

export const MAPS = ['plans', 'rules', 'hosts', 'slots', 'doors'] as const
export type MapName = (typeof MAPS)[number]

/** Backends that releases are given, one each while they are in a plan or still drain. */
export const SLOTS = Array.from({ length: 128 }, (_, at) => `slot-${at}`)

export const TABLE = 'requests'
const USER_COOKIE = 'sluice_user'
const YEAR_SECONDS = 31_536_000

export function mapFile(folder: string, name: MapName): string {
  return `${folder}/${name}.map`
}

export function haproxyConfig(files: HaproxyFiles, ports: HaproxyPorts): string {
  const doors = ports.doors.map((port, at) => doorFrontend(files, port, at))
  const slots = SLOTS.map((slot) => `backend ${slot}\n  balance leastconn\n`)
  return [head(files, ports), table(), trafficFrontend(files, ports), ...doors, pages(), ...slots].join('\n')
}

function head({ folder, socket, pidFile, luaFile }: HaproxyFiles, { setup }: HaproxyPorts): string {
  return `global
  description ${setup}
  stats socket ${quoted(socket)} mode 600 level admin expose-fd listeners
  stats timeout 10s
  pidfile ${quoted(pidFile)}
  nbthread 1
  maxconn 8000
  hard-stop-after 30s
  setenv SLUICE_MAPS ${quoted(folder)}
  lua-load ${quoted(luaFile)}

defaults
  mode http
  timeout connect 2s
  timeout queue 5s
  timeout http-request 15s
  timeout http-keep-alive 65s
  timeout client 300s
  timeout server 120s
  timeout tunnel 1h
  option idle-close-on-response
  option redispatch 1
  retries 3
  # What was refused at the door was certainly not processed.
  retry-on conn-failure
`
}

/** Kept by names of our own, so that they outlive the slot; requests through doors are not among them. */
function table(): string {
  return `backend ${TABLE}
  stick-table type string len 200 size 10k expire 20d store http_req_cnt,http_fail_cnt
`
}

function trafficFrontend({ folder }: HaproxyFiles, { host, port, suffix }: HaproxyPorts): string {
  return `frontend traffic
  bind ${quoted(`${host}:${port}`)}
  http-request set-var(txn.host) req.hdr(host),field(1,:),lower,rtrim(.)
  http-request set-var(txn.place) var(txn.host),map(${quoted(mapFile(folder, 'hosts'))})
  http-request set-var(txn.place) str(*),map(${quoted(mapFile(folder, 'hosts'))}) if !{ var(txn.place) -m found } !{ var(txn.host) -m end ${quoted(`.${suffix}`)} }
  http-request lua.sluice-choose if { var(txn.place) -m found }
  http-request track-sc0 var(txn.counted) table ${TABLE} if { var(txn.counted) -m found }
${forwarding()}  http-response set-header X-Sluice-Release %[var(txn.release)]
  http-response add-header Set-Cookie "${USER_COOKIE}=%[var(txn.newuser)]; Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax" if { var(txn.newuser) -m found }
  use_backend closed if { var(txn.maintenance) -m found }
  use_backend %[var(txn.slot)] if { var(txn.slot) -m found }
  use_backend nothing-runs if { var(txn.place) -m found }
  default_backend unknown-address
`
}

function doorFrontend({ folder }: HaproxyFiles, port: number, at: number): string {
  return `frontend door-${at}
  bind 127.0.0.1:${port}
  http-request set-var(txn.slot) str(${at}),map(${quoted(mapFile(folder, 'doors'))})
${forwarding()}  use_backend %[var(txn.slot)] if { var(txn.slot) -m found }
  default_backend nothing-runs
`
}

/** Nobody in front of us is believed, and nothing of ours is taken from outside. */
function forwarding(): string {
  return `  http-request del-header X-Sluice- -m beg
  http-request del-header Forwarded
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-response del-header X-Sluice- -m beg
`
}

function pages(): string {
  return `backend nothing-runs
  http-request return status 503 content-type "text/plain; charset=utf-8" hdr X-Sluice-Page router/nothing-runs hdr Retry-After 5 hdr Cache-Control no-store string "Nothing runs here at the moment. No version of this service takes requests right now. Please try again in a few seconds.\\n"

backend closed
  http-request return status 503 content-type "text/plain; charset=utf-8" hdr X-Sluice-Page router/maintenance hdr Retry-After 60 hdr Cache-Control no-store lf-string "Closed for maintenance. %[var(txn.maintenance)]\\n"

backend unknown-address
  http-request return status 404 content-type "text/plain; charset=utf-8" hdr X-Sluice-Page router/unknown-address hdr Cache-Control no-store string "No service has this address.\\n"
`
}

/** A word of HAProxy's configuration, whatever is in it. */
function quoted(text: string): string {
  if (/[\n\r\0]/.test(text))
    throw new Error(`${JSON.stringify(text)} cannot stand in a configuration of HAProxy`)
  return `'${text.replaceAll("'", `'"'"'`)}'`
}
