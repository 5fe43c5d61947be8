import { expect, test } from 'vitest'
import { risksOf } from './touched.ts'

const kinds = (...paths: readonly string[]) =>
  risksOf(paths.map((path) => ({ path, added: 1, removed: 0 }))).map(({ kind }) => kind)

test.each([
  ['db/migrate/20260101_add_orders.rb', 'migration'],
  ['services/shop/migrations/0007_orders.py', 'migration'],
  ['prisma/schema.prisma', 'migration'],
  ['queries/slow.sql', 'migration'],
  ['package-lock.json', 'dependency'],
  ['web/package.json', 'dependency'],
  ['requirements-dev.txt', 'dependency'],
  ['go.sum', 'dependency'],
  ['sluice.config.ts', 'config'],
  ['config/production.json', 'config'],
  ['Dockerfile.web', 'config'],
  ['.env.example', 'config'],
  ['infra/main.tf', 'config'],
])('%s is a %s', (path, kind) => expect(kinds(path)).toEqual([kind]))

test('code, texts and what only sounds like it are no risk of these kinds', () => {
  expect(
    kinds('src/server.ts', 'README.md', 'src/reconfigure.ts', 'docs/migration-guide.md', 'src/package.ts'),
  ).toEqual([])
})

test('the database is said first, each kind once, and a few files stand for many', () => {
  const [first, second] = risksOf(
    ['package.json', 'go.mod', 'a.sql', 'b.sql', 'c.sql', 'd.sql'].map((path) => ({
      path,
      added: 1,
      removed: 1,
    })),
  )
  expect(first?.text).toBe('it changes the database: a.sql, b.sql and 2 more')
  expect(second?.text).toBe('it changes what it depends on: package.json, go.mod')
})
