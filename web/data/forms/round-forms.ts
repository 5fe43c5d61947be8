// The ways round the line: hotfix, emergency, and what never enters the line at all. What goes along, and what is in the
// way, is the server's to list; what is passed is ticked one by one.
import type { StageView } from '../../../src/api/board.ts'
import { nameRelease } from '../wording.ts'
import {
  type Answers,
  type Field,
  type FormOf,
  type Place,
  all,
  numberSaid,
  reasonField,
  releaseOption,
  said,
  stageOf,
  where,
} from './form.ts'

const AS_IS = 'as-is'
const PICKED = 'picked'

export const hotfix: FormOf<'hotfix'> = {
  title: (place) => `Hotfix into ${where(place)}`,
  isGrave: true,
  fields: (place) => [
    {
      ...changesField(place),
      isNeeded: true,
      about: 'A release, branch or commit; several in order, with spaces between.',
    },
    {
      name: 'how',
      label: 'How it is built',
      kind: 'choice',
      options: [
        { value: PICKED, label: 'The change alone, taken onto what runs there' },
        { value: AS_IS, label: 'The release as it is, with everything it contains' },
      ],
    },
    ...ontoField(place.stage),
    ...locksField(place.stage, false),
    reasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    changes: changesSaid(answers),
    asIs: said(answers, 'how') === AS_IS,
    ...numberSaid(answers, 'onto'),
    locks: all(answers, 'locks'),
    reason: said(answers, 'reason'),
  }),
}

export const emergency: FormOf<'emergency'> = {
  title: (place) => `Emergency into ${where(place)}`,
  isGrave: true,
  fields: (place) => [
    {
      ...changesField(place),
      placeholder: 'Left empty: the newest code',
      about: 'A release, branch or commit. It goes straight in, with its health alone looked at.',
    },
    {
      name: 'how',
      label: 'How it is built',
      kind: 'choice',
      options: [
        { value: AS_IS, label: 'The release as it is, with everything it contains' },
        { value: PICKED, label: 'The change alone, taken onto what runs there' },
      ],
    },
    ...ontoField(place.stage),
    ...locksField(place.stage, true),
    ...rejectedField(place),
    reasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    changes: changesSaid(answers),
    asIs: said(answers, 'how') !== PICKED,
    ...numberSaid(answers, 'onto'),
    locks: all(answers, 'locks'),
    rejected: all(answers, 'rejected').map(Number),
    reason: said(answers, 'reason'),
  }),
}

function changesField({ service, stage, release }: Place): Field {
  const near = [...(stage?.waiting ?? [])].toReversed().map((each) => each.release)
  const named = new Set(near.length > 0 ? near : (service?.releases ?? []).map((row) => row.release))
  const options = [...named].slice(0, 20).map((each) => {
    const { label } = releaseOption(service, each)
    return { value: nameRelease(each), label }
  })
  return {
    name: 'changes',
    label: 'Which change',
    kind: 'text',
    options,
    first: release === null ? [] : [nameRelease(release)],
    placeholder: '#12, a branch or a commit',
  }
}

function changesSaid(answers: Answers): string[] {
  return said(answers, 'changes')
    .split(/[\s,]+/)
    .filter((each) => each !== '')
}

export function ontoField(stage: StageView | null): readonly Field[] {
  const { rollout } = stage ?? {}
  if (rollout === null || rollout === undefined || rollout.direction === 'back') return []
  const { release } = rollout
  return [
    {
      name: 'onto',
      label: 'The rollout under way',
      kind: 'choice',
      options: [
        { value: '', label: `Ends: ${nameRelease(release)} is taken back first` },
        { value: String(release), label: `Is kept: it is built upon ${nameRelease(release)}` },
      ],
    },
  ]
}

export function locksField(stage: StageView | null, passesHard: boolean): readonly Field[] {
  const locks = (stage?.locks ?? []).filter((lock) => passesHard || !lock.hard)
  if (locks.length === 0) return []
  return [
    {
      name: 'locks',
      label: 'Locks it passes; their owners are told',
      kind: 'ticks',
      options: locks.map(({ id, owner, reason, hard }) => ({
        value: id,
        label: `${owner}: ${reason}${hard ? ' (hard)' : ''}`,
      })),
    },
  ]
}

function rejectedField({ service }: Place): readonly Field[] {
  const rejected = (service?.releases ?? []).filter((row) => row.rejected !== null)
  if (rejected.length === 0) return []
  return [
    {
      name: 'rejected',
      label: 'Rejected changes it brings nevertheless',
      kind: 'ticks',
      options: rejected.map((row) => releaseOption(service, row.release)),
    },
  ]
}

export const deploy: FormOf<'deploy'> = {
  title: (place) => `Deploy off the line to ${where(place)}`,
  fields: () => [
    {
      name: 'commit',
      label: 'Branch, tag or commit',
      kind: 'text',
      isNeeded: true,
      placeholder: 'anna/fix',
    },
    {
      name: 'track',
      label: 'Track it goes to',
      kind: 'text',
      isNeeded: true,
      first: ['experimental'],
      about: 'Never stable: the line does not wait for it, and it blocks nothing.',
    },
    { name: 'instances', label: 'Instances', kind: 'text', placeholder: 'As many as it had, or one' },
    reasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    commit: said(answers, 'commit'),
    track: said(answers, 'track'),
    ...numberSaid(answers, 'instances'),
    reason: said(answers, 'reason'),
  }),
}
