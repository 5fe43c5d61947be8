// Variables and secrets of a stage (behaviour 4.5).
import { expect, test } from 'vitest'
import { describe as sentence } from './describe.ts'
import { due } from './due.ts'
import { releaseName } from '../release-number.ts'
import { PRODUCTION, service, STAGING, STEPS, Story } from './testing/story.ts'
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

test('a changed setting is a rollout of the live release, through the same steps', () => {
  const story = new Story()
    .shipped()
    .person(set('COLOUR', plain('red')))
    .settle()
  const { rollout } = story.stage('production')
  expect(rollout).toMatchObject({ direction: 'forward', from: 1, steps: STEPS, phase: 'soaking', step: 0 })
  const given = rollout?.release ?? 0
  expect(releaseName(given)).toBe('#1+1')
  expect(plainOf(settingsOf(story.stage('production'), given))).toEqual({ COLOUR: 'red' })
  expect(plainOf(settingsOf(story.stage('production'), 1))).toEqual({})
  expect(story.state.releases[given]?.build).toEqual(story.state.releases[1]?.build)
  expect(story.soaked('production').live('production')).toBe(given)
  expect(due(story.settle().state, story.now)).toEqual([])
})

test('settings that say what the live release was given already roll nothing out', () => {
  const story = new Story().shipped({})
  const lock = {
    type: 'lock',
    stage: 'production',
    id: 'l',
    owner: 'anna',
    reason: 'x',
    forMs: 1e9,
    incident: null,
  } as const
  story
    .person({ ...lock, suspect: null })
    .person(set('COLOUR', plain('red')))
    .person(set('COLOUR', null))
  story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).settle()
  expect(story.stage('production').rollout).toBeNull()
  expect(story.stage('production').settings.versions).toHaveLength(3)
})

test('settings wait for a lock and for the rollout under way, and go before the next release', () => {
  const story = new Story().shipped().merge().settle().ownServed('staging').baked('staging').settle()
  expect(story.stage('production').rollout?.release).toBe(2)
  story
    .merge()
    .settle()
    .ownServed('staging')
    .baked('staging')
    .person(set('COLOUR', plain('red')))
    .settle()
  expect(story.stage('production').rollout?.release, 'the rollout under way keeps what it began with').toBe(2)
  expect(settingsOf(story.stage('production'), 2).version).toBe(0)
  while (story.stage('production').rollout?.release === 2) story.step('production').settle()
  const { rollout } = story.stage('production')
  expect(rollout && story.state.releases[rollout.release]?.origin).toMatchObject({ kind: 'settings', of: 2 })
  story.soaked('production').soaked('production')
  expect(story.live('production')).toBe(3)
  expect(plainOf(settingsOf(story.stage('production'), 3))).toEqual({ COLOUR: 'red' })
})

test('settings judged bad are rolled back and out until they are set again; the code is not to blame', () => {
  const story = new Story()
    .shipped()
    .person(set('COLOUR', plain('red')))
    .settle()
  story.against('production', 'rollout').settle()
  const { live, settings } = story.stage('production')
  expect(live?.release).toBe(1)
  expect(settings.versions.at(-1)?.rejected).not.toBeNull()
  expect(settingsInForce(settings).version).toBe(0)
  expect(
    Object.values(story.state.releases)
      .filter((one) => one.rejected)
      .map((one) => one.origin.kind),
  ).toEqual(['settings'])
  expect(due(story.state, story.now).filter(({ do: kind }) => kind !== 'wake')).toEqual([])
  story
    .person(set('SIZE', plain('l')))
    .settle()
    .soaked('production')
  const given = story.live('production') ?? 0
  expect(plainOf(settingsOf(story.stage('production'), given)), 'what was rolled back stays out').toEqual({
    SIZE: 'l',
  })
  story
    .person(set('COLOUR', plain('red')))
    .settle()
    .soaked('production')
  expect(plainOf(settingsOf(story.stage('production'), story.live('production') ?? 0))).toEqual({
    COLOUR: 'red',
    SIZE: 'l',
  })
})

test('a later release is not blocked by settings that were rolled back, and does not bring them', () => {
  const story = new Story()
    .shipped()
    .person(set('COLOUR', plain('red')))
    .settle()
    .against('production', 'rollout')
  story.settle().merge().settle().ownServed('staging').baked('staging').settle().soaked('production')
  expect(story.live('production')).toBe(2)
  expect(plainOf(settingsOf(story.stage('production'), 2))).toEqual({})
})

test('a release whose rollout over settings fails goes back to the release with those settings', () => {
  const story = new Story()
    .shipped()
    .person(set('COLOUR', plain('red')))
    .settle()
    .soaked('production')
  const given = story.live('production') ?? 0
  story.merge().settle().ownServed('staging').baked('staging').settle()
  expect(story.stage('production').rollout?.release).toBe(2)
  story.against('production', 'rollout').settle()
  expect(story.live('production')).toBe(given)
  expect(plainOf(settingsOf(story.stage('production'), given))).toEqual({ COLOUR: 'red' })
  expect(story.state.releases[2]?.rejected).not.toBeNull()
  expect(settingsInForce(story.stage('production').settings).version).toBe(1)
})

test('going back gives plain settings as they were, and is not undone by those of today', () => {
  const story = new Story()
    .shipped()
    .person(set('COLOUR', plain('red')))
    .settle()
    .soaked('production')
  story.shipped()
  expect(story.live('production')).toBe(2)
  story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'customers call', tick: 0 }).settle()
  expect(story.live('production')).toBe(1)
  expect(plainOf(settingsOf(story.stage('production'), 1))).toEqual({})
  story.person({ type: 'unpin', stage: 'production', reason: 'over' }).settle()
  expect(story.live('production'), 'unpin alone brings nothing back').toBe(1)
  expect(story.stage('production').rollout).toBeNull()
  story
    .person(set('SIZE', plain('l')))
    .settle()
    .soaked('production')
  expect(plainOf(settingsOf(story.stage('production'), story.live('production') ?? 0))).toEqual({
    COLOUR: 'red',
    SIZE: 'l',
  })
})

test('going back gives secrets as they are now, on instances of its own', () => {
  const story = new Story()
    .shipped()
    .person(set('TOKEN', { kind: 'secret', secret: 1 }))
    .settle()
    .soaked('production')
  const old = story.live('production') ?? 0
  story
    .person(set('TOKEN', { kind: 'secret', secret: 2 }))
    .settle()
    .soaked('production')
    .shipped()
  expect(story.live('production')).toBe(2)
  story.person({ type: 'rollback', stage: 'production', to: old, reason: 'customers call', tick: 0 }).settle()
  const live = story.live('production') ?? 0
  expect(live).not.toBe(old)
  expect(story.state.releases[live]?.origin).toMatchObject({ kind: 'settings', of: 1, restores: 1 })
  expect(secretsOf(settingsOf(story.stage('production'), live))).toEqual({ TOKEN: 2 })
  expect(settingsInForce(story.stage('production').settings).restores).toBeUndefined()
})

test('a pin keeps out what was set before it, and lets in what is set after it', () => {
  const story = new Story().shipped()
  const lock = {
    type: 'lock',
    stage: 'production',
    id: 'l',
    owner: 'anna',
    reason: 'x',
    forMs: 1e9,
    incident: null,
  } as const
  story.person({ ...lock, suspect: null }).person(set('COLOUR', plain('red')))
  story.person({ type: 'pin', stage: 'production', reason: 'a demonstration' })
  story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).settle()
  expect(story.stage('production').rollout).toBeNull()
  story
    .person(set('SIZE', plain('l')))
    .settle()
    .soaked('production')
  expect(releaseName(story.live('production') ?? 0)).toBe('#1+1')
  expect(story.stage('production').pin, 'the pin stays').not.toBeNull()
})

test('a person who goes back from settings puts them out until they are set again', () => {
  const story = new Story()
    .shipped()
    .person(set('COLOUR', plain('red')))
    .settle()
    .soaked('production')
  story.person({ type: 'rollback', stage: 'production', reason: 'too red', tick: 0 }).settle()
  expect(story.live('production')).toBe(1)
  expect(settingsInForce(story.stage('production').settings).version).toBe(0)
  const given =
    Object.values(story.state.releases).find(({ origin }) => origin.kind === 'settings')?.release ?? 0
  expect(story.refused({ type: 'unreject', release: given, reason: 'x' }).code).toBe('settings/set-again')
  expect(story.refused({ type: 'retry', release: given, stage: 'production' }).code).toBe(
    'settings/set-again',
  )
})

test('a rollout of settings that the window catches is tried again', () => {
  const open = { days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 720, zone: 'UTC', closedOn: [] }
  const noon = Date.UTC(2026, 4, 4, 11, 59)
  const story = new Story(service([STAGING, { ...PRODUCTION, window: open }]), noon - 60_000).shipped()
  story.person(set('COLOUR', plain('red'))).settle()
  expect(story.stage('production').rollout).not.toBeNull()
  story.now = noon + 60_000
  story.settle()
  expect(story.stage('production').rollout).toBeNull()
  expect(story.live('production')).toBe(1)
  story.now = noon + 13 * 3_600_000
  expect(story.settle().stage('production').rollout).not.toBeNull()
})

test('settings in a stage that bakes serve their own time, and what bakes there goes on baking', () => {
  const story = new Story().shipped().merge().settle()
  const change = {
    type: 'set-settings',
    stage: 'staging',
    changes: [{ name: 'A', setting: plain('1') }],
    reason: '',
  } as const
  story.person(change).settle()
  expect(story.stage('staging').rollout, 'what is served there serves its own time first').toBeNull()
  story.ownServed('staging').settle().soaked('staging')
  const given = story.live('staging') ?? 0
  expect(releaseName(given)).toBe('#2+1')
  story.merge().settle()
  expect(story.live('staging')).toBe(given)
  story
    .found('staging', { found: 'bake-over', release: given, changes: [2], proof: 'proven' })
    .settle()
    .soaked('production')
  expect(story.live('production')).toBe(2)
  story.ownServed('staging').settle()
  expect(story.live('staging')).toBe(3)
})

const ASKS = { by: ['anna', 'bob'], n: 1, own: true, byHand: false }

function asking(approve: Partial<typeof ASKS> = {}): Story {
  const story = new Story().shipped()
  const definition = service([STAGING, { ...PRODUCTION, approve: { ...ASKS, ...approve } }])
  return story.person({ type: 'configure', definition })
}

test('settings wait for the approval that their stage asks for, and people are told', () => {
  const story = asking()
    .person(set('COLOUR', plain('red')))
    .settle()
  expect(story.stage('production').rollout).toBeNull()
  const asked = story.events.findLast(({ type }) => type === 'approval-asked')
  expect(asked).toMatchObject({ settings: 1, times: 1 })
  expect(asked && sentence(asked)).toBe(
    'settings wait for people before production: settings of version 1 (COLOUR) wait for an approval by anna, bob: sluice approve production',
  )
  story.person({ type: 'approve', stage: 'production' }).settle()
  expect(story.stage('production').rollout?.from).toBe(1)
  story.soaked('production')
  expect(plainOf(settingsOf(story.stage('production'), story.live('production') ?? 0))).toEqual({
    COLOUR: 'red',
  })
})

test('an approval of settings is of that version, and not of one that came after', () => {
  const story = asking({ n: 2 }).person(set('COLOUR', plain('red')))
  story.person({ type: 'approve', stage: 'production' })
  expect(story.refused({ type: 'approve', stage: 'production' }).code).toBe('approve/already')
  story.person(set('COLOUR', plain('blue'))).settle()
  story.person({ type: 'approve', stage: 'production' }).settle()
  expect(story.stage('production').rollout, 'one of two').toBeNull()
})

test('who set them does not approve them where that is asked of another', () => {
  const story = asking({ own: false }).person(set('COLOUR', plain('red')))
  expect(story.refused({ type: 'approve', stage: 'production' }).code).toBe('approve/own-change')
  const others = asking({ by: ['leads'] }).person(set('COLOUR', plain('red')))
  expect(others.refused({ type: 'approve', stage: 'production' }).code).toBe('approve/not-asked')
})

test('no release takes settings along that nobody approved; who approves it approves them too', () => {
  const story = asking().merge().settle().ownServed('staging').baked('staging').settle()
  story.person({ type: 'approve', stage: 'production', release: 2 })
  story.person(set('COLOUR', plain('red'))).settle()
  expect(story.stage('production').rollout, 'it would bring them').toBeNull()
  story.person({ type: 'approve', stage: 'production' }).settle().soaked('production')
  expect(story.settle().soaked('production').live('production')).toBe(2)

  const both = asking().merge().settle().ownServed('staging').baked('staging')
  both.person(set('COLOUR', plain('red')))
  both.person({ type: 'approve', stage: 'production', release: 2 }).settle()
  expect(both.stage('production').rollout, 'settings go first').toMatchObject({ from: 1 })
  both.soaked('production')
  expect(both.settle().soaked('production').live('production')).toBe(2)
})
