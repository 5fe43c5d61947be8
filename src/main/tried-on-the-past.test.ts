import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { realClock } from '../../test/kit/real-clock.ts'
import { createFolderTickStore } from '../adapters/tick-store/folder/folder-tick-store.ts'
import { arm, tick, WELL } from '../domain/analysis/testing/ticks.ts'
import { readConfig } from '../config/read-config.ts'
import { createAlarmRows } from './alarm-rows.ts'
import { configCheck } from './local/config-check.ts'
import { placesIn } from './places.ts'

const DAY_MS = 86_400_000

function config(limit: number): string {
  return JSON.stringify({
    services: {
      shop: {
        run: { command: 'node server.js', metrics: '/metrics' },
        pipeline: [
          {
            stage: 'production',
            rollout: [{ step: '50%', soak: '1m' }],
            alarms: [
              { alarm: 'memory', of: 'memoryBytes', above: limit },
              { alarm: 'queue', metric: 'queue_length', above: 5 },
            ],
          },
        ],
      },
    },
  })
}

/** Five releases; each but the first took more memory than the one before it. */
async function recorded(daysAgo: number): Promise<{ readonly state: string; readonly folder: string }> {
  const state = mkdtempSync(join(tmpdir(), 'past-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const store = createFolderTickStore({ folder: placesIn(state).ticks })
  const environment = { service: 'shop', stage: 'production' }
  let seq = 0
  const began = Date.now() - daysAgo * DAY_MS
  for (let release = 1; release <= 5; release += 1)
    for (let second = 0; second < 30; second += 1) {
      seq += 1
      const instances = { ...WELL, memoryBytes: 100 * release }
      await store.append(
        environment,
        tick([arm(release, 100, { instances })], { seq, at: began + seq * 1_000 }),
      )
    }
  await store.sync(environment)
  await store.close()
  return { state, folder: state }
}

async function notes(limit: number, daysAgo = 3): Promise<readonly string[]> {
  const { state, folder } = await recorded(daysAgo)
  writeFileSync(join(folder, 'sluice.yaml'), config(limit))
  const checked = await configCheck(state, { folder, file: null })
  expect(checked.problems).toEqual([])
  return checked.notes.map(({ text }) => text)
}

test('a config check says on which releases an alarm would have fired', async () => {
  expect(await notes(350)).toEqual([
    'the alarm "memory" of shop/production would have fired twice in the last 14 days, on #4 and #5; 4 releases were on trial',
    'the alarm "queue" of shop/production cannot be tried on the past: no release that was on trial in the last 14 days told what it is set on',
  ])
})

test('an alarm that is never broken would not have fired', async () => {
  const [memory] = await notes(1_000)
  expect(memory).toContain('would not have fired in the last 14 days, in which 4 releases were on trial')
})

test('what is older than two weeks is not looked at', async () => {
  expect(await notes(350, 20)).toEqual([])
})

test('where nothing was recorded, nothing is said, and looking changes nothing', async () => {
  const state = mkdtempSync(join(tmpdir(), 'past-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  writeFileSync(join(state, 'sluice.yaml'), config(1))
  const { notes: said } = await configCheck(join(state, 'none'), { folder: state, file: null })
  expect(said).toEqual([])
  expect(existsSync(join(state, 'none'))).toBe(false)
})

test('a plan says the same of the alarms in force', async () => {
  const { state } = await recorded(3)
  const reading = readConfig(JSON.parse(config(350)), '/repo')
  const stages = reading.ok ? (reading.config.services[0]?.stages ?? []) : []
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const rows = createAlarmRows({ ticksFolder: placesIn(state).ticks, clock: realClock, log })
  const [memory] = await rows('shop', stages)
  expect(memory).toEqual({
    stage: 'production',
    text: 'the alarm "memory" would have fired twice in the last 14 days, on #4 and #5; 4 releases were on trial',
    at: null,
  })
})
