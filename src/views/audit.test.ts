import { describe, expect, test } from 'vitest'
import { Story } from '../domain/service/testing/story.ts'
import { begins, isAbout } from './audit.ts'

describe('what the audit log says of a release', () => {
  test('is what names it, alone or among others, from its merge on', () => {
    const story = new Story().shipped({}, {})
    story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'errors', tick: 0 }).settle()
    const aboutTwo = story.events.filter((event) => isAbout(event, 2))
    expect(aboutTwo[0]).toMatchObject({ type: 'change-merged', release: 2 })
    // The way back names #1, and takes out #2.
    expect(aboutTwo.at(-1)?.type).not.toBe('change-merged')
    expect(aboutTwo.some((event) => event.type === 'rollout-started' && event.takesOut.includes(2))).toBe(
      true,
    )
    expect(aboutTwo.some((event) => event.type === 'changes-cleared')).toBe(true)
  })

  test('begins with its merge, so that nothing older need be read', () => {
    const story = new Story().shipped({}, {})
    for (const release of [1, 2]) {
      const first = story.events.findIndex((event) => isAbout(event, release))
      const begun = story.events.findIndex((event) => begins(event, release))
      expect(begun).toBe(first)
    }
  })

  test('leaves out what is about others', () => {
    const story = new Story().shipped({}, {})
    const place = story.events.length
    story.merge().settle()
    const others = story.events.slice(place).filter((event) => 'release' in event && event.release === 3)
    expect(others.length).toBeGreaterThan(0)
    const rest = others.filter((event) => event.type !== 'rollout-started')
    expect(rest.filter((event) => isAbout(event, 1))).toEqual([])
  })
})
