import { describe, expect, test } from 'vitest'
import { acts } from '../../src/api/act-list.ts'
import { actBodies } from '../../src/api/acts.ts'
import { boardOf } from '../dev/fixtures.ts'
import { bodyOfAct, formOfAct } from './act-forms.ts'

const at = Date.UTC(2026, 10, 21, 12)

function placeIn(state: 'baking' | 'locked' | 'pinned', name: string) {
  const service = boardOf(state, at, 1).services[0] ?? null
  const stage = service?.stages.find((each) => each.stage === name) ?? null
  return { service, stage, release: null }
}

/** Given by the command line or a program: they ask for more than a button has. */
const TYPED = /track$|route$|^deploy$|vars$|secret$|settings$/
const pressed = acts.filter(({ act }) => !TYPED.test(act))

test('every act of the list makes a body the server can read', () => {
  for (const { act } of pressed) {
    const place = { ...placeIn('locked', 'production'), release: 44 }
    const body = bodyOfAct(act, place, { choice: act.endsWith('lock') ? 'lock-1' : '44', reason: 'because' })
    const read = actBodies[act].safeParse(body)
    expect({ act, issues: read.error?.issues ?? [] }).toEqual({ act, issues: [] })
  }
})

test('every act has a title that names its place', () => {
  for (const { act } of acts) {
    const { title } = formOfAct(act, { ...placeIn('locked', 'production'), release: 44 })
    expect(title).toMatch(/production|shop|#44/)
  }
})

describe('a rollback', () => {
  test('offers what the server says could be gone back to, the last good one first', () => {
    const { choice } = formOfAct('rollback', placeIn('locked', 'production'))
    expect(choice?.options.map((option) => option.value)).toEqual([null, '43', '42', '41'])
  })
  test('leaves the release to the server unless one was chosen', () => {
    const place = placeIn('locked', 'production')
    expect(bodyOfAct('rollback', place, { choice: null, reason: ' slow ' })).toEqual({
      stage: 'production',
      reason: 'slow',
    })
    expect(bodyOfAct('rollback', place, { choice: '42', reason: 'slow' })).toMatchObject({ to: 42 })
  })
})

test('one lock is not asked for by name, several are', () => {
  const place = placeIn('locked', 'production')
  expect(formOfAct('unlock', place).choice?.options).toHaveLength(2)
  const stage = place.stage === null ? null : { ...place.stage, locks: place.stage.locks.slice(0, 1) }
  expect(formOfAct('unlock', { ...place, stage }).choice).toBeNull()
})

test('unpinning may name the culprit among what was taken out, or nobody', () => {
  const { choice } = formOfAct('unpin', placeIn('pinned', 'production'))
  expect(choice?.options.map((option) => option.value)).toEqual([null, '47', '46', '45'])
})

describe('an unlock', () => {
  test('of a lock with an incident may close only that', () => {
    const place = placeIn('locked', 'production')
    const { also } = formOfAct('unlock', place)
    expect(also?.options.map(({ value }) => value)).toEqual([null, 'incident'])
    const body = bodyOfAct('unlock', place, { choice: 'lock-1', also: 'incident', reason: '' })
    expect(body).toEqual({ stage: 'production', lock: 'lock-1', incidentClosed: true })
    expect(bodyOfAct('unlock', place, { choice: 'lock-1', also: null, reason: '' })).toEqual({
      stage: 'production',
      lock: 'lock-1',
    })
  })
  test('of locks without incidents asks nothing of the kind', () => {
    const place = placeIn('locked', 'production')
    const locks = (place.stage?.locks ?? []).map((lock) => ({ ...lock, incident: null }))
    const stage = place.stage === null ? null : { ...place.stage, locks }
    expect(formOfAct('unlock', { ...place, stage }).also).toBeNull()
  })
})

describe('an accept', () => {
  const place = placeIn('locked', 'production')
  const live = place.stage?.live?.release ?? 0

  test('of another release than the stage runs is a word that it contains what runs there', () => {
    const about = { ...place, release: live + 1 }
    const { also } = formOfAct('accept', about)
    expect(also?.options.map(({ value }) => value)).toEqual([String(live)])
    expect(bodyOfAct('accept', about, { choice: null, also: String(live), reason: 'cherry-picked' })).toEqual(
      {
        stage: 'production',
        release: live + 1,
        reason: 'cherry-picked',
        contains: live,
      },
    )
  })
  test('of what the stage runs answers its bake', () => {
    const about = { ...place, release: live }
    expect(formOfAct('accept', about).also).toBeNull()
    expect(bodyOfAct('accept', about, { choice: null, also: null, reason: 'seen' })).toEqual({
      stage: 'production',
      release: live,
      reason: 'seen',
    })
  })
})
