import { describe, expect, test } from 'vitest'
import { acts } from '../../src/api/act-list.ts'
import { type ActName, actBodies } from '../../src/api/acts.ts'
import { boardOf } from '../dev/fixtures.ts'
import { bodyOfAct, dryAnswers, firstAnswers, formOfAct, isForEverywhere, missing } from './act-forms.ts'
import type { Answers, Field, Place } from './forms/form.ts'
import { ONLY_INCIDENT } from './forms/gate-forms.ts'
import { writeDraft } from './conditions.ts'

const at = Date.UTC(2026, 10, 21, 12)

function placeIn(state: 'baking' | 'locked' | 'pinned' | 'rollout', name: string): Place {
  const service = boardOf(state, at, 1).services[0] ?? null
  const stage = service?.stages.find((each) => each.stage === name) ?? null
  return { service, stage, release: null }
}

/** As a person would fill the fields in that want something. */
const typed: Answers = {
  reason: ['because'],
  lock: ['lock-1'],
  changes: ['#45 anna/fix'],
  commit: ['anna/fix'],
  track: ['beta'],
  to: ['43'],
  route: ['r1'],
  when: [writeDraft({ from: 'header', name: 'X-Plan', op: 'one-of', value: 'free, trial' })],
  vars: ['GREETING=hello=there\nEMPTY='],
  name: ['TOKEN'],
  value: [' secret '],
  names: ['GREETING'],
}

function filled(act: ActName, place: Place, preset: Answers = typed): Answers {
  return firstAnswers(formOfAct(act, place).fields, preset)
}

function fieldOf(act: ActName, place: Place, name: string): Field | undefined {
  return formOfAct(act, place).fields.find((field) => field.name === name)
}

function valuesOf(field: Field | undefined): readonly string[] {
  return (field?.options ?? []).map(({ value }) => value)
}

test.each(acts.map(({ act }) => act))('%s, filled in, makes a body the server can read', (act) => {
  for (const release of [null, 44]) {
    const needsRelease = act === 'accept' || act === 'unreject' || act === 'retry'
    if (release === null && needsRelease) continue
    const place = { ...placeIn('locked', 'production'), release }
    const { fields } = formOfAct(act, place)
    const answers = filled(act, place)
    expect(missing(fields, answers).map((field) => field.name)).toEqual([])
    const read = actBodies[act].safeParse(bodyOfAct(act, place, answers))
    expect(read.error?.issues ?? []).toEqual([])
  }
})

test.each(acts.map(({ act }) => act))('%s has a title that names its place', (act) => {
  const { title } = formOfAct(act, { ...placeIn('locked', 'production'), release: 44 })
  expect(title).toMatch(/production|shop|#44/)
})

describe('what would happen', () => {
  test('is not asked while something is missing that it depends on', () => {
    const place = placeIn('locked', 'production')
    const { fields } = formOfAct('hotfix', place)
    expect(dryAnswers(fields, firstAnswers(fields, {}))).toBeNull()
    expect(dryAnswers(fields, firstAnswers(fields, { changes: ['#45'] }))).toMatchObject({
      changes: ['#45'],
      reason: ['not given yet'],
    })
  })
  test('is asked without the value of a secret', () => {
    const place = placeIn('locked', 'production')
    const { fields } = formOfAct('set-secret', place)
    const asked = dryAnswers(fields, firstAnswers(fields, typed))
    expect(JSON.stringify(bodyOfAct('set-secret', place, asked ?? {}))).not.toContain('secret ')
    expect(bodyOfAct('set-secret', place, typed)).toMatchObject({ name: 'TOKEN', value: ' secret ' })
  })
})

describe('a rollback', () => {
  const place = placeIn('locked', 'production')
  test('offers what the server says could be gone back to, the last good one first', () => {
    expect(valuesOf(fieldOf('rollback', place, 'to'))).toEqual(['', '43', '42', '41'])
  })
  test('leaves the release to the server unless one was chosen', () => {
    expect(bodyOfAct('rollback', place, { to: [''], reason: [' slow '] })).toEqual({
      stage: 'production',
      reason: 'slow',
    })
    expect(bodyOfAct('rollback', place, { to: ['42'], reason: ['slow'] })).toMatchObject({ to: 42 })
  })
})

describe('an unlock', () => {
  const place = placeIn('locked', 'production')
  const without = (part: Partial<NonNullable<Place['stage']>>): Place => ({
    ...place,
    stage: place.stage === null ? null : { ...place.stage, ...part },
  })
  test('asks which lock only where several stand', () => {
    expect(valuesOf(fieldOf('unlock', place, 'lock'))).toHaveLength(2)
    const one = without({ locks: (place.stage?.locks ?? []).slice(0, 1) })
    expect(fieldOf('unlock', one, 'lock')?.kind).toBe('given')
  })
  test('of a lock with an incident may close only that', () => {
    expect(valuesOf(fieldOf('unlock', place, 'ends'))).toEqual(['', ONLY_INCIDENT])
    expect(bodyOfAct('unlock', place, { lock: ['lock-1'], ends: [ONLY_INCIDENT] })).toEqual({
      stage: 'production',
      lock: 'lock-1',
      incidentClosed: true,
    })
    const locks = (place.stage?.locks ?? []).map((lock) => ({ ...lock, incident: null }))
    expect(fieldOf('unlock', without({ locks }), 'ends')).toBeUndefined()
  })
  test('asks what goes then where more than one release waits', () => {
    expect(valuesOf(fieldOf('unlock', place, 'queue'))).toEqual(['', 'each', 'latest'])
    expect(bodyOfAct('unlock', place, { queue: ['latest'] })).toEqual({
      stage: 'production',
      queue: 'latest',
    })
    expect(fieldOf('unlock', without({ waiting: [] }), 'queue')).toBeUndefined()
  })
})

describe('a lock with details', () => {
  const place = placeIn('rollout', 'production')
  test('may be hard, may hold every track, and suspects nobody unless somebody is named', () => {
    const plain = bodyOfAct('lock', place, filled('lock', place))
    expect(plain).toEqual({ stage: 'production', reason: 'because', forMs: 14_400_000, suspect: null })
    const also = filled('lock', place, { ...typed, also: ['hard', 'allTracks'], suspect: ['45'] })
    expect(bodyOfAct('lock', place, also)).toMatchObject({ hard: true, allTracks: true, suspect: 45 })
  })
})

test('a lock may stand over every service, and is then lifted in all of them', () => {
  const place = placeIn('locked', 'production')
  expect(isForEverywhere('lock', place, filled('lock', place))).toBe(false)
  expect(isForEverywhere('lock', place, filled('lock', place, { ...typed, scope: ['everywhere'] }))).toBe(
    true,
  )
  const locks = (place.stage?.locks ?? []).map((lock, index) => ({ ...lock, everywhere: index === 0 }))
  const stage = place.stage === null ? null : { ...place.stage, locks }
  const ids = locks.map(({ id }) => id)
  const lifted = ids.map((id) => isForEverywhere('unlock', { ...place, stage }, { lock: [id] }))
  expect(lifted).toEqual([true, false])
})

test('unpinning may name the culprit among what was taken out, or nobody', () => {
  const field = fieldOf('unpin', placeIn('pinned', 'production'), 'culprit')
  expect(valuesOf(field)).toEqual(['', '47', '46', '45'])
})

describe('a way round', () => {
  const place = placeIn('locked', 'production')
  test('names each lock it passes, and a hotfix is offered no hard one', () => {
    const hard = (place.stage?.locks ?? []).map((lock, index) => ({ ...lock, hard: index === 0 }))
    const stage = place.stage === null ? null : { ...place.stage, locks: hard }
    expect(valuesOf(fieldOf('hotfix', { ...place, stage }, 'locks'))).toHaveLength(1)
    expect(valuesOf(fieldOf('emergency', { ...place, stage }, 'locks'))).toHaveLength(2)
    const answers = filled('hotfix', place, { ...typed, locks: ['lock-1'] })
    expect(bodyOfAct('hotfix', place, answers)).toMatchObject({
      changes: ['#45', 'anna/fix'],
      asIs: false,
      locks: ['lock-1'],
    })
  })
  test('over a rollout under way says whether that ends or is built upon', () => {
    const moving = placeIn('rollout', 'production')
    expect(valuesOf(fieldOf('hotfix', moving, 'onto'))).toEqual(['', '45'])
    expect(fieldOf('hotfix', place, 'onto')).toBeUndefined()
  })
  test('an emergency without a change takes the newest code as it is', () => {
    const answers = filled('emergency', place, { reason: ['payments are down'] })
    expect(bodyOfAct('emergency', place, answers)).toMatchObject({ changes: [], asIs: true, rejected: [] })
  })
})

describe('an accept', () => {
  const place = placeIn('locked', 'production')
  const live = place.stage?.live?.release ?? 0
  test('of another release than the stage runs is a word that it contains what runs there', () => {
    const about = { ...place, release: live + 1 }
    expect(valuesOf(fieldOf('accept', about, 'contains'))).toEqual([String(live)])
    const answers = filled('accept', about, { reason: ['cherry-picked'] })
    expect(bodyOfAct('accept', about, answers)).toEqual({
      stage: 'production',
      release: live + 1,
      reason: 'cherry-picked',
      contains: live,
    })
  })
  test('of what the stage runs answers its bake', () => {
    const about = { ...place, release: live }
    expect(fieldOf('accept', about, 'contains')).toBeUndefined()
    expect(bodyOfAct('accept', about, { reason: ['seen'] })).toEqual({
      stage: 'production',
      release: live,
      reason: 'seen',
    })
  })
})

describe('a route', () => {
  const place = placeIn('locked', 'production')
  test('leads to a track by its name, and to a release by its number', () => {
    const body = (to: string) =>
      bodyOfAct('add-route', place, filled('add-route', place, { ...typed, to: [to] }))
    expect(body('beta')).toMatchObject({ to: { track: 'beta' } })
    expect(body('#44')).toMatchObject({ to: { release: 44 } })
    expect(body('44')).toMatchObject({ to: { release: 44 } })
  })
  test('is for those who fit every whole condition, and half a one is not sent', () => {
    const when = [
      writeDraft({ from: 'header', name: 'X-Plan', op: 'one-of', value: 'free, trial' }),
      writeDraft({ from: 'lookup', name: 'customers.plan', op: 'is', value: 'free' }),
      writeDraft({ from: 'cookie', name: 'beta', op: 'present', value: '' }),
      writeDraft({ from: 'path', name: '', op: 'prefix', value: '' }),
      writeDraft({ from: 'lookup', name: 'customers', op: 'present', value: '' }),
    ]
    expect(bodyOfAct('add-route', place, filled('add-route', place, { ...typed, when }))).toMatchObject({
      when: [
        { attribute: { from: 'header', name: 'x-plan' }, test: { op: 'one-of', values: ['free', 'trial'] } },
        {
          attribute: { from: 'lookup', table: 'customers', column: 'plan' },
          test: { op: 'is', value: 'free' },
        },
        { attribute: { from: 'cookie', name: 'beta' }, test: { op: 'present' } },
      ],
    })
  })
  test('that is edited keeps what was not touched', () => {
    const preset = { route: ['r1'], to: ['beta'], percent: ['20'] }
    const answers = filled('edit-route', place, preset)
    expect(bodyOfAct('edit-route', place, answers)).toEqual({
      stage: 'production',
      route: 'r1',
      to: { track: 'beta' },
      percent: 20,
    })
  })
})

test('variables are read a line each, and what follows the first = is the value', () => {
  const place = placeIn('locked', 'production')
  expect(bodyOfAct('set-vars', place, typed)).toMatchObject({
    vars: { GREETING: 'hello=there', EMPTY: '' },
  })
})

describe('a setting that cannot wait', () => {
  const place = placeIn('locked', 'production')
  const lanes = { ...typed, lane: ['hotfix'], locks: ['l1'], reason: [] }
  test('takes the lane of a hotfix and names the locks it passes', () => {
    expect(fieldOf('set-vars', place, 'lane')).toMatchObject({ kind: 'choice' })
    expect(bodyOfAct('set-vars', place, lanes)).toMatchObject({ lane: 'hotfix', locks: ['l1'] })
    expect(bodyOfAct('unset-settings', place, { ...lanes, lane: [''] })).not.toHaveProperty('lane')
  })
  test('asks for a reason, and as usual needs none', () => {
    const { fields } = formOfAct('set-vars', place)
    expect(missing(fields, lanes).map(({ name }) => name)).toEqual(['reason'])
    expect(dryAnswers(fields, lanes)).toMatchObject({ reason: ['not given yet'] })
    expect(missing(fields, { ...lanes, lane: [''] })).toEqual([])
    expect(dryAnswers(fields, { ...lanes, lane: [''] })).toMatchObject({ reason: [] })
  })
})

test('what was rejected is not offered to be sent back once more', () => {
  const place = placeIn('locked', 'production')
  const [first] = place.stage?.waiting ?? []
  if (!place.service || !place.stage || !first) throw new Error('nothing waits in this fixture')
  const offered = () => valuesOf(fieldOf('send-back', { ...place, release: null }, 'release'))
  expect(offered()).toContain(String(first.release))
  const row = place.service.releases.find(({ release }) => release === first.release)
  if (!row) throw new Error('its row is missing')
  const rejected = {
    ...row,
    rejected: { by: { kind: 'person', name: 'anna' }, reason: 'no', at: 0 },
  } as const
  const releases = place.service.releases.map((one) => (one === row ? rejected : one))
  const again = { ...place, release: null, service: { ...place.service, releases } }
  expect(valuesOf(fieldOf('send-back', again, 'release'))).not.toContain(String(first.release))
})
