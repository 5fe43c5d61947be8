import { expect, test } from 'vitest'
import type { Notice } from '../../../ports/notifier.ts'
import { createLogNotifier } from './log-notifier.ts'

test('a notice becomes one line that names it, with everything it says', async () => {
  const lines: { fields: Record<string, unknown>; sentence: string }[] = []
  const info = (fields: Record<string, unknown>, sentence: string) => void lines.push({ fields, sentence })
  const silent = () => expect.unreachable('only info is meant')
  const notice: Notice = {
    id: 'event_41',
    at: 1_000,
    type: 'release.rolled-back',
    service: 'shop',
    stage: 'production',
    text: '#12 was rolled back in production',
    to: ['anna@example.com'],
    facts: { release: 12 },
  }
  await createLogNotifier({ log: { info, debug: silent, warn: silent, error: silent } }).send(notice)
  expect(lines).toHaveLength(1)
  expect(lines[0]?.fields).toMatchObject({ notice: 'event_41', text: notice.text, facts: { release: 12 } })
})
