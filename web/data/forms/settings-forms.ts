// Variables and secrets of a stage: each change is a version that rolls out like a release.
import { type FormOf, all, freeReasonField, said, stageOf, where } from './form.ts'

const nameField = {
  name: 'name',
  label: 'Name',
  kind: 'text',
  isNeeded: true,
  placeholder: 'GREETING',
} as const

export const setVars: FormOf<'set-vars'> = {
  title: (place) => `Set variables of ${where(place)}`,
  fields: () => [
    {
      name: 'vars',
      label: 'Variables, one NAME=VALUE a line',
      kind: 'words',
      isNeeded: true,
      placeholder: 'GREETING=hello',
      about: 'They roll out together, and people see them: no secrets here.',
    },
    freeReasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    vars: Object.fromEntries(readPairs(said(answers, 'vars'))),
    reason: said(answers, 'reason'),
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
  fields: () => [
    { ...nameField, placeholder: 'PAYMENT_TOKEN' },
    {
      name: 'value',
      label: 'Value',
      kind: 'secret',
      isNeeded: true,
      standIn: 'not given yet',
      about: 'Kept encrypted, and never shown again.',
    },
    freeReasonField,
  ],
  body: (place, answers) => ({
    stage: stageOf(place),
    name: said(answers, 'name'),
    // As it was typed: a space may belong to it.
    value: answers['value']?.[0] ?? '',
    reason: said(answers, 'reason'),
  }),
}

export const unsetSettings: FormOf<'unset-settings'> = {
  title: (place) => `Take settings away from ${where(place)}`,
  isGrave: true,
  fields: () => [{ name: 'names', label: 'Settings', kind: 'given', isNeeded: true }, freeReasonField],
  body: (place, answers) => ({
    stage: stageOf(place),
    names: all(answers, 'names'),
    reason: said(answers, 'reason'),
  }),
}
