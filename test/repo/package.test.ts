import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack } from '../../scripts/pack.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
const installed = join(folder, 'node_modules/sluice')
let files: string[] = []

beforeAll(() => {
  const tarball = pack(folder)
  files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  // Its dependencies, where npm would have put them.
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.') && name !== 'sluice')
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the packed manifest brings no Node, no tools and no scripts', () => {
  const manifest: unknown = JSON.parse(
    execFileSync('cat', [join(installed, 'package.json')], { encoding: 'utf8' }),
  )
  expect(manifest).toMatchObject({ name: 'sluice', bin: { sluice: 'bin/sluice.cjs' } })
  for (const field of ['private', 'optionalDependencies', 'devDependencies', 'scripts', 'allowScripts'])
    expect(manifest).not.toHaveProperty(field)
  expect(JSON.stringify(manifest)).not.toMatch(/node-linux|"\.\/src\//)
  expect(manifest).toHaveProperty(['dependencies', 'hono'])
})

test('what is packed is built: no sources that Node would refuse below node_modules', () => {
  expect(files).toContain('package/bin/sluice.cjs')
  expect(files).toContain('package/dist/node/src/main/cli.js')
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
  expect(files.filter((file) => /\.test\.|\/test\//.test(file))).toEqual([])
})

test('the installed package runs', () => {
  const run = spawnSync(process.execPath, [join(installed, 'bin/sluice.cjs'), '--help'], { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  expect(run.status).toBe(0)
  expect(run.stdout).toContain('Usage: sluice')
})
