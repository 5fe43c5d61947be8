import { expect, test } from 'vitest'
import { service } from '../domain/service/testing/story.ts'
import { sharedBranchRows } from './shared-branch.ts'

const of = (name: string, paths?: readonly string[], git = '/srv/shop') => ({
  ...service(),
  service: name,
  source: { git, branch: 'main', pollMs: 1, ...(paths === undefined ? {} : { paths }) },
})

test.each([
  ['all of it, and a folder', undefined, ['services/web'], true],
  ['two folders', ['services/api'], ['services/web'], false],
  ['folders whose names begin alike', ['services/api'], ['services/api-v2'], false],
  ['a library that both have', ['services/api', 'libs'], ['services/web', 'libs/money'], true],
  ['a pattern over a folder', ['services/*/api.ts'], ['services/web'], true],
  ['what one leaves out', ['services/api', '!libs'], ['libs'], false],
] as const)('%s', (_, left, right, expected) => {
  const rows = sharedBranchRows(of('api', left), [of('api', left), of('web', right)], 5)
  expect(rows.length > 0).toBe(expected)
  if (expected) expect(rows[0]?.text).toContain('a release of web, too')
})

test('other repositories have nothing to do with it', () => {
  expect(sharedBranchRows(of('api'), [of('api'), of('web', undefined, '/srv/web')], 5)).toEqual([])
})
