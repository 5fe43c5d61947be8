import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from './change.ts'
import { parseMessage } from './parse-message.ts'
import { revertBranch, revertMessage } from './revert-words.ts'

const SHA = 'ab'.repeat(20)
const changed = (subject: string): Change => {
  const person = { name: 'Anna', email: 'anna@shop.example' }
  const { says } = parseMessage(subject)
  const rest = { author: person, committer: person, coAuthors: [], committedAtMs: 0, pullRequest: null, says }
  return { sha: SHA, subject, ...rest }
}

test('whatever the subject and the reason, the message is read as the revert of that commit and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 80 }), (subject, reason) => {
      const oneLine = subject.replaceAll(/[\n\r]/g, ' ')
      const { says } = parseMessage(revertMessage(changed(oneLine), reason.replaceAll(/[\n\r]/g, ' ')))
      expect(says).toMatchObject({ revertsCommits: [SHA], fixes: [], contains: [], cherryPickedFrom: [] })
    }),
    { seed: 5, numRuns: 300 },
  )
})

test('the revert of a revert reapplies', () => {
  expect(revertMessage(changed('Revert "new checkout"'), '').split('\n')[0]).toBe('Reapply "new checkout"')
})

test('a branch is named after the release', () => {
  expect([revertBranch('#7'), revertBranch('#5+1')]).toEqual(['revert-7', 'revert-5-1'])
})
