// A program that owns a process target, as a server does, so that a test can kill it for real.
// Usage: node server-process.ts STATE_DIR ARTIFACTS_DIR WISH_JSON. Prints `noted` once the wish is on disk.
import { argv, stdout } from 'node:process'
import type { FleetWish } from '../../../../ports/deployment-target.ts'
import { createSystemClock } from '../../../clock/system/system-clock.ts'
import { createRandomIds } from '../../../ids/random/random-ids.ts'
import { createProcessTarget } from '../process-target.ts'
import { createFolderArtifacts } from './folder-artifacts.ts'

const [stateDir = '', artifactsDir = '', wish = ''] = argv.slice(2)
const target = await createProcessTarget({
  stateDir,
  artifacts: createFolderArtifacts(artifactsDir),
  clock: createSystemClock(),
  ids: createRandomIds(),
})
await target.scale(JSON.parse(wish) as FleetWish, {
  key: 'server-process',
  fence: 1,
  signal: new AbortController().signal,
})
stdout.write('noted\n')
setInterval(() => {}, 1_000)
