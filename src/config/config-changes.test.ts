import { expect, test } from 'vitest'
import type { ServiceDefinition } from '../domain/pipeline/definition.ts'
import { changed } from './config-changes.ts'
import { readConfig } from './read-config.ts'

type Stage = Record<string, unknown>

function services(...pipelines: readonly [string, readonly Stage[]][]): readonly ServiceDefinition[] {
  const raw = Object.fromEntries(pipelines.map(([name, pipeline]) => [name, { run: 'x', pipeline }]))
  const reading = readConfig({ services: raw }, '/repo')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.config.services
}

const [ALPHA, STAGING, LIVE] = [{ stage: 'alpha' }, { stage: 'staging' }, { stage: 'live' }]

test('the same config has no changes', () => {
  expect(changed(services(['shop', [STAGING, LIVE]]), services(['shop', [STAGING, LIVE]]))).toEqual([])
})

test('services come and go', () => {
  expect(changed(services(['shop', [LIVE]]), services(['mail', [LIVE]]))).toEqual([
    { kind: 'service-added', service: 'mail' },
    { kind: 'service-removed', service: 'shop' },
  ])
})

test('a service says which of its keys differ', () => {
  const before = services(['shop', [LIVE]])
  const after = before.map((service) => ({ ...service, run: { ...service.run, termMs: 1 } }))
  expect(changed(before, after)).toEqual([{ kind: 'service-changed', service: 'shop', keys: ['run'] }])
})

test('stages come, go, and say which of their keys differ', () => {
  const after = services(['shop', [ALPHA, { ...LIVE, instances: 2, watch: '2h' }]])
  expect(changed(services(['shop', [STAGING, LIVE]]), after)).toEqual([
    { kind: 'stage-added', service: 'shop', stage: 'alpha' },
    { kind: 'stage-changed', service: 'shop', stage: 'live', keys: ['instances', 'watchMs'] },
    { kind: 'stage-removed', service: 'shop', stage: 'staging' },
  ])
})

test('a renamed stage is neither new nor gone, and once renamed it is quiet', () => {
  const renamed = services(['shop', [{ stage: 'beta', renamedFrom: 'staging' }, LIVE]])
  expect(changed(services(['shop', [STAGING, LIVE]]), renamed)).toEqual([
    { kind: 'stage-renamed', service: 'shop', stage: 'beta', from: 'staging' },
  ])
  expect(changed(renamed, renamed)).toEqual([])
})

test('another order is a change of its own', () => {
  expect(
    changed(services(['shop', [ALPHA, STAGING, LIVE]]), services(['shop', [STAGING, ALPHA, LIVE]])),
  ).toEqual([{ kind: 'stages-reordered', service: 'shop', stages: ['staging', 'alpha', 'live'] }])
})
