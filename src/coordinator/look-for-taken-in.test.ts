import { expect, test } from 'vitest'
import { offLineNumber } from '../domain/release-number.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { service, sha, Story } from '../domain/service/testing/story.ts'
import type { CoordinatorPorts } from './ports.ts'
import { takenInLook } from './look-for-taken-in.ts'
import type { Work } from './work.ts'

const HOTFIX = offLineNumber(1, 1) ?? 0
const { signal } = new AbortController()

/** A hotfix of a branch is live, and #2 was merged since; `holder` is the commit that the source finds it in. */
function looking(holder: () => string | undefined) {
  const story = new Story(service()).shipped({})
  story.person(story.hotfix(['c'.repeat(40)])).settle()
  story.merge()
  let looks = 0
  const ports = {
    clock: { now: () => story.now },
    source: {
      heldBy: async () => {
        looks += 1
        const by = holder()
        return by === undefined ? undefined : { by, how: 'patch' as const }
      },
    },
  } as unknown as CoordinatorPorts
  const handled: string[] = []
  const work = {
    handle: async (command: Exclude<ServiceCommand, { by: { kind: 'person' } }>) => {
      handled.push(command.type)
      story.report(command as never)
      return { done: true, events: [], version: 0 }
    },
  } as unknown as Work
  const look = takenInLook({ state: () => story.state, work, ports })
  return { story, handled, look: () => look(signal), looks: () => looks }
}

test('what went round the branch is looked for once per state of the line, and again once it is rejected', async () => {
  const { story, handled, look, looks } = looking(() => undefined)
  await look()
  await look()
  expect([looks(), handled]).toEqual([1, []])
  story.person({ type: 'reject', release: HOTFIX, reason: 'it fails' })
  await look()
  await look()
  expect([looks(), handled]).toEqual([2, ['report-compared']])
  expect(story.state.compared).toEqual({ [HOTFIX]: 2 })
})

test('what the branch took back is said before the line is let go on', async () => {
  const { story, handled, look } = looking(() => sha(2))
  story.person({ type: 'reject', release: HOTFIX, reason: 'it fails' })
  await look()
  expect(handled).toEqual(['report-taken-in', 'report-compared'])
})

test('a source that does not answer lets nothing go on', async () => {
  const { story, handled, look } = looking(() => {
    throw new Error('the remote does not answer')
  })
  story.person({ type: 'reject', release: HOTFIX, reason: 'it fails' })
  await expect(look()).rejects.toThrow('the remote does not answer')
  expect([handled, story.state.compared]).toEqual([[], undefined])
})
