// Locks, pins, approvals: what stands between a release and a stage.
import type { StageView } from '../../../src/api/board.ts'
import {
  type Answers,
  type Field,
  type FormOf,
  type Place,
  about,
  hurriedReasonField,
  lengths,
  numberSaid,
  reasonField,
  releaseOption,
  releaseOptions,
  releasesInside,
  said,
  stageOf,
  where,
} from './form.ts'

const EVERYWHERE = 'everywhere'
export const ONLY_INCIDENT = 'incident'

export const lock: FormOf<'lock'> = {
  title: (place) => `Lock ${where(place)}`,
  isEverywhere: (_, answers) => said(answers, 'scope') === EVERYWHERE,
  fields: ({ service, stage }) => [
    hurriedReasonField,
    {
      name: 'scope',
      label: 'Where',
      kind: 'choice',
      options: [
        { value: '', label: `Here: ${service?.service ?? ''} ${stage?.stage ?? ''}` },
        { value: EVERYWHERE, label: `In every service that has ${stage?.stage ?? 'it'}, also in later ones` },
      ],
    },
    {
      name: 'forMs',
      label: 'Until it ends by itself',
      kind: 'choice',
      options: lengths,
      first: ['14400000'],
    },
    {
      name: 'suspect',
      label: 'Suspected: rejected when the lock ends',
      kind: 'choice',
      options: [
        { value: '', label: 'Nobody' },
        ...releaseOptions(service, stage === null ? [] : releasesInside(stage)),
      ],
    },
    {
      name: 'incident',
      label: 'Incident',
      kind: 'text',
      placeholder: 'Link or name; the lock stays while it is open',
    },
    {
      name: 'also',
      label: 'It also stops',
      kind: 'ticks',
      options: [
        { value: 'hard', label: 'Hotfixes: none passes it, not even by name' },
        { value: 'allTracks', label: 'Tracks: nobody is moved between them' },
      ],
    },
  ],
  body: (place, answers) => {
    const incident = said(answers, 'incident')
    const suspect = said(answers, 'suspect')
    const also = answers['also'] ?? []
    return {
      stage: stageOf(place),
      reason: said(answers, 'reason'),
      ...numberSaid(answers, 'forMs'),
      ...(incident === '' ? {} : { incident }),
      suspect: suspect === '' ? null : Number(suspect),
      ...(also.includes('hard') ? { hard: true } : {}),
      ...(also.includes('allTracks') ? { allTracks: true } : {}),
    }
  },
}

/** The form of a lock that stands is a sheet of its own; this is what its place and title are. */
export const editLock: FormOf<'edit-lock'> = {
  title: (place) => `Edit the lock of ${where(place)}`,
  fields: () => [{ name: 'lock', label: 'Lock', kind: 'given' }, reasonField],
  body: (place, answers) => ({
    stage: stageOf(place),
    lock: said(answers, 'lock'),
    reason: said(answers, 'reason'),
  }),
}

export const unlock: FormOf<'unlock'> = {
  title: (place) => `Unlock ${where(place)}`,
  isEverywhere: ({ stage }, answers) => chosenLock(stage, answers)?.everywhere ?? false,
  fields: ({ stage }) => [...whichLock(stage), ...whatEnds(stage), ...whatGoes(stage)],
  body: (place, answers) => {
    const named = said(answers, 'lock')
    const queue = said(answers, 'queue')
    const isOnlyIncident = said(answers, 'ends') === ONLY_INCIDENT
    return {
      stage: stageOf(place),
      ...(named === '' ? {} : { lock: named }),
      ...(isOnlyIncident ? { incidentClosed: true } : {}),
      ...(queue === 'each' || queue === 'latest' ? { queue } : {}),
    }
  },
}

/** The lock that was named; the only one where none was. */
function chosenLock(stage: StageView | null, answers: Answers): StageView['locks'][number] | undefined {
  const named = said(answers, 'lock')
  const locks = stage?.locks ?? []
  return named === '' && locks.length === 1 ? locks[0] : locks.find(({ id }) => id === named)
}

function whichLock(stage: StageView | null): readonly Field[] {
  const given: Field = { name: 'lock', label: 'Which lock', kind: 'given' }
  if (stage === null || stage.locks.length < 2) return [given]
  const options = stage.locks.map((each) => ({
    value: each.id,
    label: `${each.owner}${each.everywhere ? ', in every service' : ''}: ${each.reason}`,
  }))
  return [{ ...given, kind: 'choice', options }]
}

function whatEnds(stage: StageView | null): readonly Field[] {
  if (stage === null || stage.locks.every(({ incident }) => incident === null)) return []
  return [
    {
      name: 'ends',
      label: 'What ends',
      kind: 'choice',
      options: [
        { value: '', label: 'The lock' },
        { value: ONLY_INCIDENT, label: 'Only its incident; the lock then ends by its expiry' },
      ],
    },
  ]
}

/** Both policies can be looked at before one is chosen: what would go is said below. */
function whatGoes(stage: StageView | null): readonly Field[] {
  if ((stage?.waiting.length ?? 0) < 2) return []
  return [
    {
      name: 'queue',
      label: 'What goes then',
      kind: 'choice',
      options: [
        { value: '', label: 'As the configuration says' },
        { value: 'each', label: 'Each, one at a time' },
        { value: 'latest', label: 'The latest, with all it contains' },
      ],
    },
  ]
}

export const pin: FormOf<'pin'> = {
  title: (place) => `Pin ${where(place)}`,
  fields: () => [reasonField],
  body: (place, answers) => ({ stage: stageOf(place), reason: said(answers, 'reason') }),
}

export const retireStage: FormOf<'retire-stage'> = {
  title: (place) => `Retire ${where(place)}`,
  isGrave: true,
  fields: () => [reasonField],
  body: (place, answers) => ({ stage: stageOf(place), reason: said(answers, 'reason') }),
}

export const unpin: FormOf<'unpin'> = {
  title: (place) => `Unpin ${where(place)}`,
  fields: ({ service, stage }) => {
    const live = stage?.live?.release ?? 0
    const newer = (service?.releases ?? []).map(({ release }) => release).filter((release) => release > live)
    return [
      {
        name: 'culprit',
        label: 'The change at fault',
        kind: 'choice',
        options: [{ value: '', label: 'None named' }, ...releaseOptions(service, newer)],
      },
      reasonField,
    ]
  },
  body: (place, answers) => ({
    stage: stageOf(place),
    ...numberSaid(answers, 'culprit'),
    reason: said(answers, 'reason'),
  }),
}

/** What waits at the gate; what is next stands first and is the server's to say. */
function whatPasses({ service, stage, release }: Place): readonly Field[] {
  if (release !== null) return []
  // A hotfix on its way asks too, and goes before the line.
  const next = stage?.wayRound?.release ?? stage?.approve?.release ?? null
  const others = (stage?.waiting ?? []).map((each) => each.release).filter((each) => each !== next)
  // By its number where it is known: what was looked at is what is approved, even when another comes first meanwhile.
  const settings = stage?.approve?.settings ?? null
  if (settings !== null) {
    const label = `Next: the settings of version ${settings.version} (${settings.names.join(', ')})`
    const all = [...(next === null ? [] : [next]), ...others]
    const options = [{ value: '', label }, ...releaseOptions(service, all)]
    return [{ name: 'release', label: 'What', kind: 'choice', options }]
  }
  const first =
    next === null
      ? { value: '', label: 'What is next' }
      : { value: String(next), label: `Next: ${releaseOption(service, next).label}` }
  return [
    {
      name: 'release',
      label: 'Which release',
      kind: 'choice',
      options: [first, ...releaseOptions(service, others)],
    },
  ]
}

export const approve: FormOf<'approve'> = {
  title: (place) => `Approve${about(place)} for ${where(place)}`,
  fields: whatPasses,
  body: (place, answers) => ({ stage: stageOf(place), ...chosen(place, answers) }),
}

export const promote: FormOf<'promote'> = {
  title: (place) => `Promote${about(place)} into ${where(place)}`,
  fields: whatPasses,
  body: (place, answers) => ({ stage: stageOf(place), ...chosen(place, answers) }),
}

/** What was rejected went back already. */
function notRejected(service: Place['service'], stage: StageView | null): readonly number[] {
  const rejected = new Set(
    (service?.releases ?? []).filter((row) => row.rejected !== null).map((row) => row.release),
  )
  return (stage?.waiting ?? []).map((each) => each.release).filter((release) => !rejected.has(release))
}

export const sendBack: FormOf<'send-back'> = {
  title: (place) => `Send${about(place)} back`,
  isGrave: true,
  fields: ({ service, stage, release }) => [
    ...(release === null
      ? [
          {
            name: 'release',
            label: 'Which change goes back',
            kind: 'choice',
            isNeeded: true,
            options: releaseOptions(service, notRejected(service, stage)),
          } as const,
        ]
      : []),
    { ...reasonField, label: 'Words for its author' },
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    ...chosen(place, answers),
    reason: said(answers, 'reason'),
  }),
}

function chosen({ release }: Place, answers: Parameters<typeof said>[0]): { readonly release?: number } {
  return release === null ? numberSaid(answers, 'release') : { release }
}
