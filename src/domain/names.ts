/** The words of the glossary that are plain strings and numbers underneath. */

/** Name of a service; lower-case letters, digits and dashes, so that it can be part of a host name. */
export type ServiceName = string
/** Name of a stage, unique within its service; the same alphabet as a service name. */
export type StageName = string
/** `12` is written `#12` for people. Numbers follow merge order, per service, and are never reused. */
export type ReleaseNumber = number
/** Rollouts are numbered per stage; a rollout that ended stays ended, a further try gets a new number. */
export type RolloutNumber = number
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number

/** Where releases run. One environment per service and stage. */
export type Environment = { readonly service: ServiceName; readonly stage: StageName }

export function environmentKey(environment: Environment): string {
  return `${environment.service}/${environment.stage}`
}

/** Who did it. A machine's act names the rule it followed; a person is never free text. */
export type Actor =
  | { readonly kind: 'person'; readonly name: string }
  | { readonly kind: 'machine'; readonly rule: string }

export function machine(rule: string): Actor {
  return { kind: 'machine', rule }
}
