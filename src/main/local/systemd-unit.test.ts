import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { unitName, unitText } from './systemd-unit.ts'

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

/** Names that systemd would read as something else, were they not escaped. */
const STATE = 'state of %h "anna"'

function written(): { readonly folder: string; readonly file: string; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-unit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const state = join(folder, STATE)
  mkdirSync(state)
  const text = unitText({
    start: {
      program: process.execPath,
      args: ['/opt/$HOME/keeper.ts', '--state', state],
      state,
      log: join(state, 'keeper.log'),
    },
    env: { PATH: '/usr/bin:/opt/100%/bin', LANG: 'C.UTF-8', SLUICE_SECRET_KEY: 'never written' },
    refused: [78],
  })
  const file = join(folder, unitName(state, true))
  writeFileSync(file, text)
  return { folder, file, text }
}

function verify(file: string, folder: string): { readonly code: number | null; readonly said: string } {
  const done = spawnSync('systemd-analyze', ['--user', 'verify', file], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
  })
  return { code: done.status, said: done.stderr }
}

test('CI has systemd-analyze', () => {
  if (process.env['CI'] === 'true') expect(hasSystemd, 'install the package systemd').toBe(true)
})

test.runIf(hasSystemd)('systemd finds nothing wrong with the unit, whatever its folder is called', () => {
  const { folder, file } = written()
  expect(verify(file, folder)).toEqual({ code: 0, said: '' })
})

test.runIf(hasSystemd)('systemd would say so if something were wrong with it', () => {
  const { folder, file, text } = written()
  writeFileSync(file, text.replace('KillMode=process', 'KillMode=proces'))
  expect(verify(file, folder).said).toContain('kill mode')
})

test('the unit ends the keeper alone, starts it again when it dies, and not when it refuses', () => {
  const { text } = written()
  for (const line of ['KillMode=process', 'Restart=on-failure', 'RestartPreventExitStatus=78'])
    expect(text.split('\n')).toContain(line)
})

test('specifiers, variables and quotes of systemd are escaped', () => {
  const { text, folder } = written()
  expect(text).toContain(`"/opt/$$HOME/keeper.ts" "--state" "${folder}/state of %%h \\"anna\\""`)
  expect(text).toContain(`WorkingDirectory=${folder}/state of %%h "anna"`)
  expect(text).toContain('Environment="PATH=/usr/bin:/opt/100%%/bin"')
})

test('no secret is written into it', () => {
  expect(written().text).not.toContain('never written')
})

test('each state folder has a unit of its own, and the usual one the plain name', () => {
  expect(unitName('/srv/a', true)).toBe('sluice.service')
  expect(unitName('/srv/a', false)).toMatch(/^sluice-[0-9a-f]{8}\.service$/)
  expect(unitName('/srv/a', false)).not.toBe(unitName('/srv/b', false))
})
