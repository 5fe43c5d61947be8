// Looking at what is foretold must not keep the server from its work.
import { expect, test } from 'vitest'
import { noEvidence } from '../domain/analysis/evidence.ts'
import { Story } from '../domain/service/testing/story.ts'
import type { Touched } from '../domain/change/touched.ts'
import { createForesightControl } from './foresight-control.ts'

function controlOver(story: Story, tookMs: number) {
  const at = { ms: 0, worked: 0 }
  const clock = {
    now: () => story.now,
    monotonicMs: () => at.ms,
    sleep: async () => undefined,
  }
  const touched = {
    read: async () => undefined,
    // Asked once per change that waits, whenever the backlog is worked out.
    known: (): Touched | undefined => {
      at.worked += 1
      at.ms += tookMs
      return undefined
    },
  }
  const coordinator = { state: () => story.state, evidence: () => noEvidence, services: () => ['shop'] }
  return { at, control: createForesightControl({ coordinator, clock, touched }) }
}

function waiting(): Story {
  const story = new Story().shipped({})
  return story.merge().settle()
}

test('a backlog is worked out once while nothing happens, and anew after a moment', async () => {
  const { at, control } = controlOver(waiting(), 0)
  await control.backlog('shop')
  const once = at.worked
  await control.backlog('shop')
  expect(at.worked).toBe(once)
  at.ms += 3_000
  await control.backlog('shop')
  expect(at.worked).toBe(2 * once)
})

test('what happened shows at once', async () => {
  const story = waiting()
  const { control } = controlOver(story, 0)
  expect((await control.backlog('shop'))?.stages.at(-1)?.changes).toHaveLength(1)
  story.merge().settle()
  expect((await control.backlog('shop'))?.stages.at(-1)?.changes).toHaveLength(2)
})

test('what takes long is given again for a while, whatever happens', async () => {
  const story = waiting()
  const { at, control } = controlOver(story, 500)
  const first = await control.backlog('shop')
  story.merge().settle()
  expect(await control.backlog('shop')).toBe(first)
  at.ms += 20 * 2_000
  expect(await control.backlog('shop')).not.toBe(first)
})
