// HAProxy's maps, its servers and its counters, as its socket tells and takes them.
import type { PlanInstance } from '../../../domain/traffic/plan.ts'
import { mapFile, TABLE, type MapName } from './haproxy-config.ts'
import { askHaproxy, HaproxyRefused, tellHaproxy } from './haproxy-socket.ts'

export type Haproxy = { readonly socket: string; readonly folder: string; readonly signal: () => AbortSignal }

export type ServerState = { readonly name: string; readonly isReady: boolean }
export type Counted = { readonly name: string; readonly requests: number; readonly errors: number }

const ADDED = /new server registered/i

export async function readMap(at: Haproxy, name: MapName): Promise<ReadonlyMap<string, string>> {
  const text = await askHaproxy(at.socket, `show map ${mapFile(at.folder, name)}`, at.signal())
  if (text.startsWith('Unknown map')) throw new HaproxyRefused(`show map ${name}`, text)
  const lines = text.split('\n').flatMap((line) => {
    const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? []
    return key === undefined || value === undefined ? [] : [[key, value] as const]
  })
  return new Map(lines)
}

/** Adds, changes and takes away what differs; each entry in one step. */
export async function writeMap(
  at: Haproxy,
  name: MapName,
  {
    put = new Map(),
    remove = [],
  }: { readonly put?: ReadonlyMap<string, string>; readonly remove?: readonly string[] },
): Promise<void> {
  const file = mapFile(at.folder, name)
  const known = await readMap(at, name)
  for (const [key, value] of put) {
    const before = known.get(key)
    if (before === value) continue
    const verb = before === undefined ? 'add' : 'set'
    await tellHaproxy(at.socket, `${verb} map ${file} ${key} ${value}`, at.signal())
  }
  for (const key of remove)
    if (known.has(key)) await tellHaproxy(at.socket, `del map ${file} ${key}`, at.signal())
}

export async function readServers(at: Haproxy, slot: string): Promise<readonly ServerState[]> {
  const text = await askHaproxy(at.socket, `show servers state ${slot}`, at.signal())
  return text.split('\n').flatMap((line) => {
    const word = line.split(' ')
    // srv_op_state 2 is running; srv_admin_state 0 is neither maintenance nor drain.
    return word[1] === slot && word[3] !== undefined
      ? [{ name: word[3], isReady: word[5] === '2' && word[6] === '0' }]
      : []
  })
}

/** An instance that moved to another port is another server. */
export function serverName({ id, host, port }: PlanInstance): string {
  return `${id.replace(/[^\w.-]/g, '_')}:${host.replace(/[^\w.-]/g, '_')}:${port}`
}

export async function addServer(
  at: Haproxy,
  slot: string,
  instance: PlanInstance,
  how: { readonly protocol: 'h2c' | undefined; readonly most: number | undefined },
): Promise<void> {
  const host = instance.host.includes(':') ? `[${instance.host}]` : instance.host
  const name = `${slot}/${serverName(instance)}`
  const protocol = how.protocol === 'h2c' ? ' proto h2' : ''
  const most = how.most === undefined ? '' : ` maxconn ${how.most}`
  await tellHaproxy(
    at.socket,
    `add server ${name} ${host}:${instance.port}${protocol}${most}`,
    at.signal(),
    ADDED,
  )
  await enableServer(at, slot, serverName(instance))
}

export async function enableServer(at: Haproxy, slot: string, name: string): Promise<void> {
  await tellHaproxy(at.socket, `enable server ${slot}/${name}`, at.signal())
}

/** It gets nothing new from now on. What is under way goes on. */
export async function disableServer(at: Haproxy, slot: string, name: string): Promise<void> {
  await tellHaproxy(at.socket, `disable server ${slot}/${name}`, at.signal())
}

/** False while it has connections; then it stays, and is asked again another time. */
export async function deleteServer(at: Haproxy, slot: string, name: string): Promise<boolean> {
  const answer = await askHaproxy(at.socket, `del server ${slot}/${name}`, at.signal())
  return /deleted/i.test(answer)
}

/** Requests and streams that each slot has under way. */
export async function underWay(at: Haproxy): Promise<ReadonlyMap<string, number>> {
  const text = await askHaproxy(at.socket, 'show stat -1 2 -1', at.signal())
  return new Map(
    text.split('\n').flatMap((line) => {
      const word = line.split(',')
      return line.startsWith('#') || word[4] === undefined ? [] : [[word[0] ?? '', Number(word[4])] as const]
    }),
  )
}

export async function cutServer(at: Haproxy, slot: string, name: string): Promise<void> {
  await askHaproxy(at.socket, `shutdown sessions server ${slot}/${name}`, at.signal())
}

export async function readCounters(at: Haproxy): Promise<readonly Counted[]> {
  const text = await askHaproxy(at.socket, `show table ${TABLE}`, at.signal())
  return text.split('\n').flatMap((line) => {
    const [, name, requests, errors] = /key=(\S+) .*http_req_cnt=(\d+).* http_fail_cnt=(\d+)/.exec(line) ?? []
    return name === undefined ? [] : [{ name, requests: Number(requests), errors: Number(errors) }]
  })
}
