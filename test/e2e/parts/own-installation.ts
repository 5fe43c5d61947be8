// An installation and a repository that belong to one test: nothing of them is left when it is over.
import { expect, onTestFinished } from 'vitest'
import { scratchRepository } from '../../kit/scratch-repository.ts'
import { saidBy } from './board-looks.ts'
import { installation, type Installation } from './installation.ts'
import { strays } from './processes.ts'

type Repository = ReturnType<typeof scratchRepository>

export async function ownInstallation(): Promise<{
  readonly at: Installation
  readonly repository: Repository
}> {
  const at = await installation()
  const repository = scratchRepository()
  onTestFinished(async () => {
    await at.remove()
    repository.remove()
    expect(strays(at.state)).toEqual([])
  })
  return { at, repository }
}

/** `sluice up` in the repository, which must go well. */
export async function upIn(at: Installation, repository: Repository): Promise<void> {
  const up = await at.up(repository.folder)
  expect(up, saidBy(up)).toMatchObject({ code: 0 })
}
