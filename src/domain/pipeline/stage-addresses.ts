// Which addresses are one environment's own: where stages give one variable different hosts, each belongs to its stage.
// Such an address in another stage's variables, or inside an artifact that all stages get, is mostly a slip.
import type { StageName } from '../names.ts'
import type { StageDefinition } from './definition.ts'

export type StageAddress = {
  readonly stage: StageName
  /** With its port where one is written. */
  readonly host: string
  /** The variable that gives it away. */
  readonly variable: string
}

/** One environment's address in a file that all environments get. */
export type HardCodedAddress = {
  readonly file: string
  readonly line: number
  readonly host: string
  readonly stage: StageName
}

const URL_HOST = /[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@]*@)?([a-z0-9._-]+(?::\d+)?)/gi
const PLAIN_HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$/i
/** Too short or too common to mean one environment. */
const NOBODYS = /^(?:localhost|127\.|0\.0\.0\.0|example\.com$)/

/** Hosts that a value names: in URLs, or alone. */
export function hostsIn(value: string): readonly string[] {
  const found = [...value.matchAll(URL_HOST)].map(([, host]) => host ?? '')
  if (found.length === 0 && PLAIN_HOST.test(value) && /[a-z]/i.test(value)) found.push(value)
  return [...new Set(found.map((host) => host.toLowerCase()))].filter((host) => !NOBODYS.test(host))
}

type Stage = Pick<StageDefinition, 'stage' | 'env'>

export function stageAddresses(stages: readonly Stage[]): readonly StageAddress[] {
  return stages.flatMap(({ stage, env }) =>
    Object.entries(env).flatMap(([variable, value]) => {
      const others = stages.filter((other) => other.stage !== stage && other.env[variable] !== undefined)
      if (others.length === 0) return []
      const theirs = new Set(others.flatMap((other) => hostsIn(other.env[variable] ?? '')))
      return hostsIn(value).flatMap((host) => (theirs.has(host) ? [] : [{ stage, host, variable }]))
    }),
  )
}

export type ForeignAddress = StageAddress & {
  /** Where it stands: a stage's variable. */
  readonly at: { readonly stage: StageName; readonly variable: string }
}

/** Addresses of one stage in the variables of another. */
export function foreignAddresses(stages: readonly Stage[]): readonly ForeignAddress[] {
  const own = stageAddresses(stages)
  return stages.flatMap(({ stage, env }) =>
    Object.entries(env).flatMap(([variable, value]) => {
      const hosts = hostsIn(value)
      return own
        .filter((address) => address.stage !== stage && hosts.includes(address.host))
        .map((address) => ({ ...address, at: { stage, variable } }))
    }),
  )
}
