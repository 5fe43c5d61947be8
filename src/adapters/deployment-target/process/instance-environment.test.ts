import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { instanceEnvironment, pathWithoutOurTools } from './instance-environment.ts'
import type { InstanceRecord } from './instance-record.ts'

test('tools of our own installation leave the PATH, and everybody else keeps their place', () => {
  const path =
    '/home/a/.local/bin:/opt/app/node_modules/.bin:/opt/app/node_modules/sluice/node_modules/.bin/:/usr/bin'
  expect(pathWithoutOurTools(path, '/opt/app/node_modules/sluice/src/adapters')).toBe(
    '/home/a/.local/bin:/usr/bin',
  )
  expect(pathWithoutOurTools('/other/node_modules/.bin:/bin', '/opt/app/src')).toBe(
    '/other/node_modules/.bin:/bin',
  )
})

test('a link to our node_modules is recognised by where it leads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-path-'))
  try {
    await mkdir(join(folder, 'shared', '.bin'), { recursive: true })
    await mkdir(join(folder, 'app', 'src'), { recursive: true })
    await symlink(join(folder, 'shared'), join(folder, 'app', 'node_modules'))
    expect(pathWithoutOurTools(`${join(folder, 'shared', '.bin')}:/bin`, join(folder, 'app', 'src'))).toBe(
      '/bin',
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('declared variables win over ours where they may, and never over who the instance is', () => {
  const record: InstanceRecord = {
    version: 1,
    id: 'ins_1',
    order: 1,
    environment: { service: 'shop', stage: 'staging' },
    release: 12,
    artifact: 'a',
    run: {
      command: '',
      health: { path: null, waitMs: 0 },
      userKey: null,
      env: { COLOUR: 'red', TZ: 'Asia/Tokyo' },
      termMs: 0,
    },
    env: { COLOUR: 'blue', PORT: '80', SLUICE_INSTANCE: 'ins_2' },
    role: 'candidate',
    port: 20_001,
    createdAt: 0,
    isLaid: true,
    isStopping: false,
    restarts: 0,
    endedAt: [],
    shortRuns: 0,
    lastWords: null,
    process: null,
    errorLinesCut: 0,
  }
  const caller = { PATH: '/bin', TZ: 'UTC', SECRET: 'x', NODE_OPTIONS: '--inspect' }
  expect(instanceEnvironment(record, { home: '/h', temporary: '/t', roleFile: '/r' }, caller)).toEqual({
    PATH: '/bin',
    LANG: 'C.UTF-8',
    TZ: 'Asia/Tokyo',
    COLOUR: 'blue',
    HOME: '/h',
    TMPDIR: '/t',
    PORT: '20001',
    SLUICE_SERVICE: 'shop',
    SLUICE_STAGE: 'staging',
    SLUICE_RELEASE: '12',
    SLUICE_INSTANCE: 'ins_1',
    SLUICE_ROLE: 'candidate',
    SLUICE_ROLE_FILE: '/r',
  })
})
