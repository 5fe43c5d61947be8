// What an act asks a person before it is tried: fields, and the body that is made of their answers.
import type { ActBody, ActName } from '../../../src/api/acts.ts'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { nameRelease } from '../wording.ts'

export type Option = { readonly value: string; readonly label: string }

export type Field = {
  readonly name: string
  readonly label: string
  /** `ticks` takes any number of its options; `conditions` are of a route; `given` is not shown: it came with the wish. */
  readonly kind: 'choice' | 'text' | 'words' | 'secret' | 'ticks' | 'conditions' | 'given'
  /** Of a choice and of ticks; suggestions for a text. */
  readonly options?: readonly Option[]
  /** What stands there at first; the first option of a choice when left out. */
  readonly first?: readonly string[]
  readonly isNeeded?: boolean
  /** Needed only with such answers to the others. */
  readonly isNeededWhen?: (answers: Answers) => boolean
  /** Said in its place while nothing stands there, so that what would happen can be asked about the rest. */
  readonly standIn?: string
  readonly placeholder?: string
  readonly about?: string
}

/** By the name of the field. A field that was left empty has no answers. */
export type Answers = Readonly<Record<string, readonly string[]>>

export type Place = {
  readonly service: ServiceView | null
  readonly stage: StageView | null
  readonly release: number | null
}

export type FormOf<Name extends ActName> = {
  readonly title: (place: Place) => string
  readonly fields: (place: Place) => readonly Field[]
  readonly body: (place: Place, answers: Answers) => Partial<ActBody<Name>>
  /** Meant for the stage of that name in every service. */
  readonly isEverywhere?: (place: Place, answers: Answers) => boolean
  /** Hurts where it is wrong: the button says so. */
  readonly isGrave?: boolean
}

/** The one answer of a field; empty where there is none. */
export function said(answers: Answers, name: string): string {
  return answers[name]?.[0]?.trim() ?? ''
}

export function all(answers: Answers, name: string): string[] {
  return (answers[name] ?? []).map((each) => each.trim()).filter((each) => each !== '')
}

/** Only where something was said, so that the server's own choice stands otherwise. */
export function numberSaid<Name extends string>(
  answers: Answers,
  name: Name,
): { readonly [Key in Name]?: number } {
  const value = said(answers, name)
  return (value === '' ? {} : { [name]: Number(value) }) as { readonly [Key in Name]?: number }
}

export function where({ stage, service }: Place): string {
  return stage?.stage ?? service?.service ?? ''
}

/** ` #12`, or nothing where the act is not about a release yet. */
export function about({ release }: Place): string {
  return release === null ? '' : ` ${nameRelease(release)}`
}

export function stageOf({ stage }: Place): string {
  return stage?.stage ?? ''
}

const needed = { name: 'reason', label: 'Why, for the audit log', kind: 'words', isNeeded: true } as const

export const reasonField: Field = { ...needed, standIn: 'not given yet' }

/** For what is pressed in a hurry: words stand there already. */
export const hurriedReasonField: Field = { ...reasonField, first: ['suspected trouble'] }

export const freeReasonField: Field = { ...reasonField, isNeeded: false }

export function releaseOption(service: ServiceView | null, release: number): Option {
  const row = service?.releases.find((each) => each.release === release)
  return {
    value: String(release),
    label: row === undefined ? nameRelease(release) : `${nameRelease(release)} ${row.subject}`,
  }
}

export function releaseOptions(service: ServiceView | null, releases: readonly number[]): readonly Option[] {
  return releases.map((release) => releaseOption(service, release))
}

/** What a stage runs or is about to run, newest first. */
export function releasesInside(stage: StageView): readonly number[] {
  const inside = [
    stage.rollout?.release ?? null,
    stage.live?.release ?? null,
    ...(stage.bake?.changes ?? []).map((change) => change.release),
    ...stage.warm,
  ]
  return [...new Set(inside.filter((release) => release !== null))].toSorted((a, b) => b - a)
}

/** Everything of a service that is built, newest first. */
export function builtReleases(service: ServiceView | null): readonly number[] {
  return (service?.releases ?? []).filter(({ build }) => build.state === 'done').map(({ release }) => release)
}

const hourMs = 3_600_000
export const lengths: readonly Option[] = [
  { value: String(hourMs), label: '1 hour' },
  { value: String(2 * hourMs), label: '2 hours' },
  { value: String(4 * hourMs), label: '4 hours' },
  { value: String(12 * hourMs), label: '12 hours' },
  { value: String(24 * hourMs), label: '1 day' },
  { value: String(72 * hourMs), label: '3 days' },
  { value: String(168 * hourMs), label: '1 week' },
]
