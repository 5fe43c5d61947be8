import { expect, test } from 'vitest'
import { actBodies } from '../../src/api/acts.ts'
import { lock } from '../dev/fixture-parts.ts'
import { changesOfLock, draftOfLock } from './lock-draft.ts'

const at = Date.UTC(2026, 10, 21, 12)
const standing = lock(at, { incident: 'INC-318', suspect: 44 })

test('a form nobody touched changes nothing', () => {
  expect(changesOfLock({ draft: draftOfLock(standing), lock: standing })).toBeNull()
})

test('only what differs is sent, so two people editing do not overwrite each other', () => {
  const draft = { ...draftOfLock(standing), reason: 'totals are wrong' }
  expect(changesOfLock({ draft, lock: standing })).toEqual({ reason: 'totals are wrong' })
})

test('emptied fields take the incident and the suspect away', () => {
  const draft = { ...draftOfLock(standing), incident: ' ', suspect: '' }
  const changes = changesOfLock({ draft, lock: standing })
  expect(changes).toEqual({ incident: null, suspect: null })
  expect(actBodies['edit-lock'].safeParse({ stage: 'production', lock: 'lock-1', ...changes }).success).toBe(
    true,
  )
})
