// Variables and secrets of a stage: each change is a version that rolls out like a release.
import {
  type Answers,
  type Field,
  type FormOf,
  type Place,
  all,
  freeReasonField,
  numberSaid,
  said,
  stageOf,
  where,
} from './form.ts'
import { locksField, ontoField } from './round-forms.ts'

const AS_USUAL = ''

/** A setting that cannot wait takes the lane of a hotfix or an emergency, and passes what one passes. */
function laneFields({ stage }: Place): readonly Field[] {
  if (stage === null || stage.live === null) return []
  return [
    {
      name: 'lane',
      label: 'How fast',
      kind: 'choice',
      options: [
        { value: AS_USUAL, label: 'As usual: step by step, when the gates are open' },
        { value: 'hotfix', label: 'Hotfix: straight in, no window and no soak, with all checks' },
        { value: 'emergency', label: 'Emergency: straight in, with health alone looked at' },
      ],
    },
    ...ontoField(stage),
    ...locksField(stage, true),
  ]
}

/** What is said of locks and of a rollout under way means nothing as usual. */
function laneSaid(answers: Answers) {
  const lane = said(answers, 'lane')
  if (lane !== 'hotfix' && lane !== 'emergency') return { locks: [] }
  return { lane, ...numberSaid(answers, 'onto'), locks: all(answers, 'locks') } as const
}

const reasonOfSettings: Field = {
  ...freeReasonField,
  isNeededWhen: (answers) => said(answers, 'lane') !== AS_USUAL,
}

const nameField = {
  name: 'name',
  label: 'Name',
  kind: 'text',
  isNeeded: true,
  placeholder: 'GREETING',
} as const

export const setVars: FormOf<'set-vars'> = {
  title: (place) => `Set variables of ${where(place)}`,
  fields: (place) => [
    {
      name: 'vars',
      label: 'Variables, one NAME=VALUE a line',
      kind: 'words',
      isNeeded: true,
      placeholder: 'GREETING=hello',
      about: 'They roll out together, and people see them: no secrets here.',
    },
    ...laneFields(place),
    reasonOfSettings,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    vars: Object.fromEntries(readPairs(said(answers, 'vars'))),
    reason: said(answers, 'reason'),
    ...laneSaid(answers),
  }),
}

/** A line without `=` is a name with nothing in it: the server says what is wrong with the name, if anything. */
export function readPairs(text: string): readonly (readonly [string, string])[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.indexOf('=')
      return at === -1
        ? ([line.trim(), ''] as const)
        : ([line.slice(0, at).trim(), line.slice(at + 1)] as const)
    })
}

export const setSecret: FormOf<'set-secret'> = {
  title: (place) => `Set a secret of ${where(place)}`,
  fields: (place) => [
    { ...nameField, placeholder: 'PAYMENT_TOKEN' },
    {
      name: 'value',
      label: 'Value',
      kind: 'secret',
      isNeeded: true,
      standIn: 'not given yet',
      about: 'Kept encrypted, and never shown again.',
    },
    ...laneFields(place),
    reasonOfSettings,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    name: said(answers, 'name'),
    // As it was typed: a space may belong to it.
    value: answers['value']?.[0] ?? '',
    reason: said(answers, 'reason'),
    ...laneSaid(answers),
  }),
}

export const unsetSettings: FormOf<'unset-settings'> = {
  title: (place) => `Take settings away from ${where(place)}`,
  isGrave: true,
  fields: (place) => [
    { name: 'names', label: 'Settings', kind: 'given', isNeeded: true },
    ...laneFields(place),
    reasonOfSettings,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    names: all(answers, 'names'),
    reason: said(answers, 'reason'),
    ...laneSaid(answers),
  }),
}
