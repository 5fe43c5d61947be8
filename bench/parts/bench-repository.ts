// A bare repository that is pushed to, as at a team's: the work tree is somebody's clone.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchFolder, scratchRepository } from '../../test/kit/scratch-repository.ts'
import type { TinyServer } from './tiny-server.ts'

export type BenchRepository = {
  /** The folder that is served; it has the configuration. */
  readonly folder: string
  commit(): string
  /** \`git push\` of everything committed. */
  push(): void
  remove(): void
}

export type BenchRepositoryOptions = {
  readonly apiPort: number
  readonly routerPort: number
  readonly tiny: TinyServer
  readonly pipeline: string
}

export function benchRepository({
  apiPort,
  routerPort,
  tiny,
  pipeline,
}: BenchRepositoryOptions): BenchRepository {
  const home = scratchFolder('bench')
  const origin = scratchRepository({ bare: true, folder: join(home, 'origin.git') })
  const served = join(home, 'served')
  mkdirSync(served)
  writeFileSync(
    join(served, 'sluice.config.ts'),
    `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    shop: {
      source: { git: ${JSON.stringify(origin.folder)}, branch: 'main', poll: '1s' },
      build: 'true',
      run: { command: ${JSON.stringify(tiny.command)}, health: '/healthz', term: '1s' },
      pipeline: ${pipeline},
    },
  },
}
`,
  )
  const clone = scratchRepository({ folder: join(home, 'clone') })
  const [name, content] = tiny.file
  writeFileSync(join(clone.folder, name), content)
  chmodSync(join(clone.folder, name), 0o755)
  clone.git('remote', 'add', 'origin', origin.folder)
  let commits = 0
  return {
    folder: served,
    commit: () => clone.commit(`change ${++commits}`),
    push: () => void clone.git('push', '--quiet', 'origin', 'main'),
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}
