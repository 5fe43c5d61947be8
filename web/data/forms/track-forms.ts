// Tracks and routes: who gets what.
import { readReleaseName } from '../../../src/api/release-name.ts'
import { readConditions } from '../conditions.ts'
import { nameRelease } from '../wording.ts'
import {
  type Answers,
  type Field,
  type FormOf,
  type Place,
  builtReleases,
  lengths,
  numberSaid,
  reasonField,
  releaseOptions,
  said,
  stageOf,
  where,
} from './form.ts'

const trackGiven: Field = { name: 'track', label: 'Track', kind: 'given', isNeeded: true }
const routeGiven: Field = { name: 'route', label: 'Route', kind: 'given', isNeeded: true }
const NEVER = 'never'
const AS_SET = ''

export const setTrack: FormOf<'set-track'> = {
  title: (place) => `Lead a track of ${where(place)}`,
  fields: ({ service, release }) => [
    { name: 'track', label: 'Track', kind: 'text', isNeeded: true, placeholder: 'beta' },
    {
      name: 'release',
      label: 'Leads to',
      kind: 'choice',
      isNeeded: true,
      options: releaseOptions(service, builtReleases(service)),
      ...(release === null ? {} : { first: [String(release)] }),
    },
    { name: 'percent', label: 'Share of the track, in percent', kind: 'text', placeholder: 'All of it' },
    { name: 'instances', label: 'Instances', kind: 'text', placeholder: 'As many as it had, or one' },
    reasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    track: said(answers, 'track'),
    ...numberSaid(answers, 'release'),
    ...numberSaid(answers, 'percent'),
    ...numberSaid(answers, 'instances'),
    reason: said(answers, 'reason'),
  }),
}

export const undoTrack: FormOf<'undo-track'> = {
  title: (place) => `Lead a track of ${where(place)} back`,
  fields: () => [trackGiven, reasonField],
  body: trackAndReason,
}

export const followTrack: FormOf<'follow-track'> = {
  title: (place) => `Let a track of ${where(place)} follow`,
  fields: ({ service }) => [
    { name: 'track', label: 'Track', kind: 'text', isNeeded: true, placeholder: 'next' },
    {
      name: 'passed',
      label: 'It follows the newest release that passed',
      kind: 'choice',
      options: [
        ...(service?.stages ?? []).map(({ stage }) => ({ value: stage, label: stage })),
        { value: '', label: 'Nothing: it stays where it is' },
      ],
    },
  ],
  body: (place, answers) => {
    const passed = said(answers, 'passed')
    return {
      stage: stageOf(place),
      track: said(answers, 'track'),
      passed: passed === '' ? null : passed,
    }
  },
}

export const removeTrack: FormOf<'remove-track'> = {
  title: (place) => `Remove a track of ${where(place)}`,
  isGrave: true,
  fields: () => [trackGiven, reasonField],
  body: trackAndReason,
}

function trackAndReason(place: Place, answers: Answers) {
  return { stage: stageOf(place), track: said(answers, 'track'), reason: said(answers, 'reason') }
}

export const addRoute: FormOf<'add-route'> = {
  title: (place) => `Add a route in ${where(place)}`,
  fields: (place) => [
    {
      name: 'when',
      label: 'Who is meant: all of these fit',
      kind: 'conditions',
      about: 'No line at all means everybody.',
    },
    { ...targetField(place), isNeeded: true },
    { name: 'percent', label: 'Share of those, in percent', kind: 'text', first: ['100'], isNeeded: true },
    {
      name: 'forMs',
      label: 'Until it ends by itself',
      kind: 'choice',
      options: [...lengths, { value: NEVER, label: 'Never; not for one person or customer' }],
      first: ['86400000'],
    },
    {
      name: 'before',
      label: 'Asked',
      kind: 'text',
      placeholder: 'Last; or before a route, such as r3',
    },
    reasonField,
  ],
  body: (place, answers) => {
    const before = said(answers, 'before')
    return {
      stage: stageOf(place),
      when: readConditions(answers['when'] ?? []),
      ...targetSaid(answers),
      ...numberSaid(answers, 'percent'),
      forMs: said(answers, 'forMs') === NEVER ? null : Number(said(answers, 'forMs')),
      ...(before === '' ? {} : { before }),
      reason: said(answers, 'reason'),
    }
  },
}

export const editRoute: FormOf<'edit-route'> = {
  title: (place) => `Edit a route of ${where(place)}`,
  fields: (place) => [
    routeGiven,
    targetField(place),
    {
      name: 'percent',
      label: 'Share of those who fit, in percent',
      kind: 'text',
      about: 'Growing it moves nobody who was in.',
    },
    {
      name: 'forMs',
      label: 'Ends',
      kind: 'choice',
      options: [
        { value: AS_SET, label: 'As it is set' },
        ...lengths.map((each) => ({ ...each, label: `${each.label} from now` })),
        { value: NEVER, label: 'Never' },
      ],
    },
    { ...reasonField, isNeeded: false, standIn: '' },
  ],
  body: (place, answers) => {
    const reason = said(answers, 'reason')
    const length = said(answers, 'forMs')
    return {
      stage: stageOf(place),
      route: said(answers, 'route'),
      ...targetSaid(answers),
      ...numberSaid(answers, 'percent'),
      ...(length === AS_SET ? {} : { forMs: length === NEVER ? null : Number(length) }),
      ...(reason === '' ? {} : { reason }),
    }
  },
}

export const removeRoute: FormOf<'remove-route'> = {
  title: (place) => `Remove a route of ${where(place)}`,
  isGrave: true,
  fields: () => [routeGiven, reasonField],
  body: (place, answers) => ({
    stage: stageOf(place),
    route: said(answers, 'route'),
    reason: said(answers, 'reason'),
  }),
}

function targetField({ service }: Place): Field {
  return {
    name: 'to',
    label: 'Leads to',
    kind: 'text',
    placeholder: 'A track such as beta, or a release such as #12',
    options: builtReleases(service).map((release) => ({
      value: nameRelease(release),
      label: releaseOptions(service, [release])[0]?.label ?? '',
    })),
  }
}

/** `beta` is a track; `#12` and `12` are a release, which the server reads by its number. */
function targetSaid(answers: Answers): { readonly to?: { track: string } | { release: number } } {
  const text = said(answers, 'to')
  if (text === '') return {}
  const release = readReleaseName(text)
  return { to: release === undefined ? { track: text } : { release } }
}
