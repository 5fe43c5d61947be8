// `sluice init`: proposes a commented configuration for the repository, and says what it saw.
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGitSource } from '../../adapters/change-source/git/git-source.ts'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import type { CliWork } from '../../cli/parts.ts'
import { proposeConfig } from '../../config/detect/propose-config.ts'
import { createFolderFiles } from '../../config/detect/repo-files.ts'
import { findConfigs } from '../../config/load/find-config.ts'
import { placesIn } from '../places.ts'

export async function init(
  state: string,
  { folder, dryRun, force }: Parameters<CliWork['init']>[0],
): Promise<Awaited<ReturnType<CliWork['init']>>> {
  const [there] = await findConfigs(folder)
  if (there !== undefined && !force && !dryRun)
    throw new CliFailure(
      EXIT.failed,
      'init/exists',
      `${there} is there already; --force replaces it, --dry-run only shows the proposal`,
    )
  const proposal = await proposeConfig(await createFolderFiles(folder))
  const file = there ?? join(folder, proposal.name)
  const notes = [
    ...proposal.found.map((finding) => finding.text),
    ...proposal.questions.map((question) => `please check: ${question.text}`),
    ...(await hookNotes(state, folder)),
  ]
  if (!dryRun) await writeFile(file, proposal.config)
  return { file, written: !dryRun, config: proposal.config, notes }
}

/** Only a repository that is pushed into has use for a hook; nobody's hook is ever replaced. */
async function hookNotes(state: string, folder: string): Promise<readonly string[]> {
  const isBare = await access(join(folder, 'HEAD')).then(
    () => true,
    () => false,
  )
  if (!isBare) return []
  const hook = createGitSource({ stateDir: placesIn(state).git }).hook(folder)
  return [`to be told of pushes at once, put this into hooks/post-receive (and make it executable):\n${hook}`]
}
