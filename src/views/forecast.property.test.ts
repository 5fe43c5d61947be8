// Behaviour 4.6: what `plan` says is what then happens, if nothing else does.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noEvidence } from '../domain/analysis/evidence.ts'
import { BAKE, PRODUCTION, service, STAGING, Story } from '../domain/service/testing/story.ts'
import { forecast } from './forecast.ts'

const MONDAY = Date.UTC(2026, 10, 23)
const MINUTE_MS = 60_000
const windows = [
  null,
  { days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1080, zone: 'UTC', closedOn: ['2026-11-25'] },
  { days: [6], fromMinute: 0, toMinute: 1440, zone: 'America/New_York', closedOn: [] },
]
const closings = ['none', 'none', 'lock', 'pin'] as const

function close(story: Story, stage: string, how: (typeof closings)[number]): void {
  const reason = 'demo'
  if (how === 'pin') story.person({ type: 'pin', stage, reason })
  const lock = { id: `l-${stage}`, owner: 'anna', reason, forMs: 90 * 24 * 60 * MINUTE_MS, incident: 'open' }
  if (how === 'lock') story.person({ type: 'lock', stage, ...lock, suspect: null })
}

const entered = (story: Story, stage: string): boolean => {
  const { live, rollout } = story.stage(stage)
  return live?.release === 2 || rollout?.release === 2
}

test('the next merge enters each stage when the plan says, not before, and not where it says it waits', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...windows),
      fc.constantFrom(...closings),
      fc.constantFrom(...closings),
      fc.integer({ min: 0, max: 7 * 24 * 60 }),
      (window, staging, production, minute) => {
        const pipeline = service([STAGING, { ...PRODUCTION, window }])
        const story = new Story(pipeline, MONDAY + minute * MINUTE_MS).shipped({})
        close(story, 'staging', staging)
        close(story, 'production', production)
        const rows = forecast(story.state, pipeline, { now: story.now, evidence: () => noEvidence })
        const said = (stage: string) => rows.find((row) => row.stage === stage)?.at ?? null
        story.merge().settle()
        expect(entered(story, 'staging')).toBe(said('staging') !== null)
        story.now += BAKE.forMs
        story.ownServed('staging').baked('staging').settle()
        const at = said('production')
        if (at === null || at > story.now) expect(entered(story, 'production')).toBe(false)
        if (at === null) return
        story.now = Math.max(story.now, at - 1)
        if (at > story.now) expect(entered(story.settle(), 'production')).toBe(false)
        story.now = at
        expect(entered(story.settle(), 'production'), rows.map(({ text }) => text).join('; ')).toBe(true)
      },
    ),
    { seed: 46, numRuns: 250 },
  )
})

test('what is built elsewhere is foretold to come as it usually does', () => {
  const build = { command: null, output: '.', limitMs: 600_000, env: {}, elsewhere: true as const }
  const story = new Story({ ...service([{ ...STAGING, bake: null }]), build }, MONDAY).merge()
  story.now += 2 * MINUTE_MS
  story.person({
    type: 'add-artifact',
    sha: story.state.releases[1]?.change.sha ?? '',
    artifact: 'sha256-1',
    sizeBytes: 1,
    checksum: '',
    provenance: null,
  })
  story.settle()
  const { definition } = story.state
  const rows = definition
    ? forecast(story.state, definition, { now: story.now, evidence: () => noEvidence })
    : []
  expect(rows[0]?.text).toContain('sluice artifact add')
  expect(rows[1]).toMatchObject({ stage: 'staging', at: story.now + 2 * MINUTE_MS })
})
