// Variables and secrets of a stage (behaviour 4.5).
import { expect, test } from 'vitest'
import { due } from './due.ts'
import { PRODUCTION, service, STAGING, Story } from './testing/story.ts'
import { plainOf, secretsOf, settingsInForce, settingsOf, type Setting } from './settings.ts'

const plain = (value: string): Setting => ({ kind: 'plain', value })

function set(name: string, setting: Setting | null) {
  return { type: 'set-settings', stage: 'production', changes: [{ name, setting }], reason: '' } as const
}

test('each change makes a version, which people can look back at', () => {
  const story = new Story().shipped()
  story.person(set('COLOUR', plain('red'))).person(set('TOKEN', { kind: 'secret', secret: 4 }))
  const { settings } = story.stage('production')
  expect(settings.versions.map(({ version, changed }) => [version, changed])).toEqual([
    [0, []],
    [1, ['COLOUR']],
    [2, ['TOKEN']],
  ])
  expect(plainOf(settingsInForce(settings))).toEqual({ COLOUR: 'red' })
  expect(secretsOf(settingsInForce(settings))).toEqual({ TOKEN: 4 })
})

test('several variables set at once are one version', () => {
  const changes = [
    { name: 'A', setting: plain('1') },
    { name: 'B', setting: plain('2') },
  ]
  const story = new Story().shipped().person({ type: 'set-settings', stage: 'staging', changes, reason: 'x' })
  expect(settingsInForce(story.stage('staging').settings)).toMatchObject({ version: 1, changed: ['A', 'B'] })
})

test('a release keeps the settings it entered with', () => {
  const story = new Story().shipped().person(set('COLOUR', plain('red')))
  expect(settingsOf(story.stage('production'), 1).version).toBe(0)
})

test('the configuration file is where settings begin, and what people set wins over it', () => {
  const written = service([STAGING, { ...PRODUCTION, env: { COLOUR: 'blue', SIZE: 'l' } }])
  const story = new Story(written).shipped().person(set('COLOUR', plain('red')))
  expect(plainOf(settingsOf(story.stage('production'), 1))).toEqual({ COLOUR: 'blue', SIZE: 'l' })
  expect(plainOf(settingsInForce(story.stage('production').settings))).toEqual({ COLOUR: 'red', SIZE: 'l' })
})

test('a variable changed in the file is a version too', () => {
  const story = new Story().shipped()
  const written = service([STAGING, { ...PRODUCTION, env: { COLOUR: 'blue' } }])
  story.person({ type: 'configure', definition: written })
  expect(settingsInForce(story.stage('production').settings)).toMatchObject({
    version: 1,
    changed: ['COLOUR'],
  })
})

test('what is set already, or was never set, is refused', () => {
  const story = new Story().shipped().person(set('COLOUR', plain('red')))
  expect(story.refused(set('COLOUR', plain('red'))).code).toBe('settings/unchanged')
  expect(story.refused(set('SIZE', null)).code).toBe('settings/not-set')
})

test('names that no process can be given, or that are given by Sluice itself, are refused', () => {
  const story = new Story().shipped()
  for (const name of ['', '1A', 'A-B', 'A=B', 'ü'])
    expect(story.refused(set(name, plain(''))).code).toBe('settings/bad-name')
  for (const name of ['PORT', 'SLUICE_ROLE'])
    expect(story.refused(set(name, plain(''))).code).toBe('settings/own-name')
  expect(story.refused(set('A', plain('a\0b'))).code).toBe('settings/bad-value')
  expect(story.refused(set('A', plain('x'.repeat(40_000)))).code).toBe('settings/too-long')
})

test('a secret is not overwritten by something that is shown to everybody', () => {
  const story = new Story().shipped().person(set('TOKEN', { kind: 'secret', secret: 1 }))
  expect(story.refused(set('TOKEN', plain('hunter2'))).code).toBe('settings/is-secret')
})

/** The release says what it cannot do without. */
function needing(...needs: readonly string[]): Story {
  const story = new Story()
  story.merge()
  story.report({ type: 'report-build-started', release: 1, attempt: 1 })
  story.report({
    type: 'report-build-done',
    release: 1,
    attempt: 1,
    artifact: 'sha256-1',
    run: { ...service().run, needs },
    sizeBytes: 1,
  })
  return story
}

test('a release waits outside a stage that lacks what it needs, and goes in once it is set', () => {
  const story = needing('TOKEN').settle()
  expect(story.live('staging')).toBeUndefined()
  expect(due(story.state, story.now)).toEqual([])
  const setting = { kind: 'secret', secret: 1 } as const
  story.person({ type: 'set-settings', stage: 'staging', changes: [{ name: 'TOKEN', setting }], reason: '' })
  expect(story.settle().live('staging')).toBe(1)
})

test('a variable that the live release needs is not taken away, by people or by the file', () => {
  const story = needing('TOKEN')
  for (const stage of ['staging', 'production'])
    story.person({
      type: 'set-settings',
      stage,
      changes: [{ name: 'TOKEN', setting: plain('t') }],
      reason: '',
    })
  story.settle().ownServed('staging').baked('staging').settle().soaked('production')
  expect(story.live('production')).toBe(1)
  const refusal = story.refused(set('TOKEN', null))
  expect(refusal).toMatchObject({ code: 'settings/needed' })
  expect(refusal.text).toContain('#1, which production runs, says that it needs TOKEN')
  const given = service([STAGING, { ...PRODUCTION, env: { TOKEN: 'from the file' } }])
  story.person({ type: 'configure', definition: given }).person(set('TOKEN', null))
  expect(story.refused({ type: 'configure', definition: service() }).code).toBe('settings/needed')
})
