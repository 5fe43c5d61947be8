// What is under way, what bakes, and the ways back.
import {
  type Field,
  type FormOf,
  type Place,
  about,
  hurriedReasonField,
  numberSaid,
  reasonField,
  releaseOption,
  releaseOptions,
  said,
  stageOf,
  where,
} from './form.ts'
import { nameRelease, nameReleases } from '../wording.ts'

export const skipBake: FormOf<'skip-bake'> = {
  title: (place) => `Skip the bake in ${where(place)}`,
  fields: (place) => [...baking(place), reasonField],
  body: (place, answers) => ({
    stage: stageOf(place),
    ...(place.release === null ? numberSaid(answers, 'release') : { release: place.release }),
    reason: said(answers, 'reason'),
  }),
}

function baking({ stage, release }: Place): readonly Field[] {
  const changes = (stage?.bake?.changes ?? []).map((each) => each.release)
  if (changes.length < 2 || release !== null) return []
  const newest = `The newest, with ${nameReleases(changes.slice(0, -1))}`
  return [
    {
      name: 'release',
      label: 'Which release goes on',
      kind: 'choice',
      options: [
        { value: '', label: newest },
        ...changes.map((each) => ({ value: String(each), label: nameRelease(each) })),
      ],
    },
  ]
}

export const rollback: FormOf<'rollback'> = {
  title: (place) => `Roll ${where(place)} back`,
  isGrave: true,
  fields: ({ service, stage }) => [
    {
      name: 'to',
      label: 'Go back to',
      kind: 'choice',
      options: [
        { value: '', label: 'The last good one' },
        ...releaseOptions(service, stage?.couldGoBackTo ?? []),
      ],
    },
    hurriedReasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    ...numberSaid(answers, 'to'),
    reason: said(answers, 'reason'),
  }),
}

export const abort: FormOf<'abort'> = {
  title: (place) => `Go back now in ${where(place)}`,
  isGrave: true,
  fields: () => [hurriedReasonField],
  body: (place, answers) => ({ stage: stageOf(place), reason: said(answers, 'reason') }),
}

export const pause: FormOf<'pause'> = {
  title: (place) => `Pause the rollout in ${where(place)}`,
  fields: () => [hurriedReasonField],
  body: (place, answers) => ({ stage: stageOf(place), reason: said(answers, 'reason') }),
}

export const resume: FormOf<'resume'> = {
  title: (place) => `Resume the rollout in ${where(place)}`,
  fields: () => [],
  body: (place) => ({ stage: stageOf(place) }),
}

export const confirm: FormOf<'confirm'> = {
  title: (place) => `Let the rollout in ${where(place)} go on`,
  fields: () => [],
  body: (place) => ({ stage: stageOf(place) }),
}

export const accept: FormOf<'accept'> = {
  title: (place) => `Accept${about(place)} in ${where(place)}`,
  fields: (place) => [...whatIsAccepted(place), reasonField],
  body: (place, answers) => ({
    stage: stageOf(place),
    release: place.release ?? 0,
    ...numberSaid(answers, 'contains'),
    reason: said(answers, 'reason'),
  }),
}

/** What the stage runs, when the release is not it: then the question is whether it contains that. */
function whatIsAccepted({ service, stage, release }: Place): readonly Field[] {
  const live = stage?.live?.release
  if (release === null || live === undefined || live === release) return []
  if (stage?.rollout?.release === release) return []
  const { value, label } = releaseOption(service, live)
  return [
    {
      name: 'contains',
      label: 'What is accepted',
      kind: 'choice',
      options: [{ value, label: `That it contains ${label}` }],
    },
  ]
}

export const acceptHistory: FormOf<'accept-history'> = {
  title: (place) => `Accept the new history of ${where(place)}`,
  fields: () => [reasonField],
  body: (_, answers) => ({ reason: said(answers, 'reason') }),
}

export const reject: FormOf<'reject'> = {
  title: (place) => `Reject${about(place)}`,
  isGrave: true,
  fields: (place) => [...rejectable(place), reasonField],
  body: (place, answers) => ({
    release: place.release ?? Number(said(answers, 'release')),
    reason: said(answers, 'reason'),
  }),
}

function rejectable({ service, stage, release }: Place): readonly Field[] {
  if (release !== null) return []
  const suspects = stage?.suspects ?? []
  const live = stage?.live?.release ?? Number.POSITIVE_INFINITY
  const moving = stage?.rollout?.release
  const near = (service?.releases ?? [])
    .filter((row) => row.rejected === null)
    .map((row) => row.release)
    .filter((each) => each === moving || each <= live)
  return [
    {
      name: 'release',
      label: 'Which change is bad',
      kind: 'choice',
      isNeeded: true,
      options: releaseOptions(service, suspects.length > 0 ? suspects : near),
    },
  ]
}

export const unreject: FormOf<'unreject'> = {
  title: (place) => `Take back the rejection of${about(place)}`,
  fields: () => [reasonField],
  body: (place, answers) => ({ release: place.release ?? 0, reason: said(answers, 'reason') }),
}

export const retry: FormOf<'retry'> = {
  title: (place) => `Retry${about(place)}${place.stage === null ? '' : ` in ${where(place)}`}`,
  fields: () => [],
  body: ({ release, stage }) =>
    stage === null ? { release: release ?? 0 } : { release: release ?? 0, stage: stage.stage },
}
