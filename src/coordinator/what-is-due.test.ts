import { expect, test } from 'vitest'
import { due } from '../domain/service/due.ts'
import { service, stage, Story } from '../domain/service/testing/story.ts'
import { createDueAsker } from './what-is-due.ts'

const HOUR_MS = 3_600_000
const nineToFive = {
  days: [1, 2, 3, 4, 5, 6, 7],
  fromMinute: 540,
  toMinute: 1_020,
  zone: 'UTC',
  closedOn: [],
}

test('what is due is what the rules say, at every minute and after every act', () => {
  const story = new Story(service([stage('staging', { window: nineToFive })]), 3 * HOUR_MS).merge().settle()
  story.merge()
  const ask = createDueAsker()
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    story.now += 60_000
    if (minute === 60)
      story.person({
        type: 'lock',
        stage: 'staging',
        id: 'l',
        owner: 'anna',
        reason: 'a look',
        forMs: 2 * HOUR_MS,
        incident: null,
        suspect: null,
      })
    expect(ask(story.state, story.now)).toEqual(due(story.state, story.now))
    if (minute % 7 === 0) story.settle()
  }
})

test('a clock that was put back is asked anew, and so is one that was put forward', () => {
  const story = new Story(service([stage('staging', { window: nineToFive })]), 3 * HOUR_MS).merge().settle()
  story.merge().settle()
  const ask = createDueAsker()
  for (const at of [12 * HOUR_MS, 11 * HOUR_MS, 30 * HOUR_MS, 3 * HOUR_MS])
    expect(ask(story.state, at)).toEqual(due(story.state, at))
})
