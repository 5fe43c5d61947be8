import { expect, test } from 'vitest'
import { Story } from '../domain/service/testing/story.ts'
import { reclaimed } from './reclaimed.ts'

test('a track is not led to a release whose artifact was thrown away', async () => {
  const { state } = new Story().shipped({})
  expect(await reclaimed({ has: async () => true }, state, 1)).toBeUndefined()
  expect(await reclaimed({ has: async () => false }, state, 1)).toMatchObject({ code: 'track/reclaimed' })
  expect(await reclaimed({ has: async () => false }, state, 9), 'the rules refuse that').toBeUndefined()
})
