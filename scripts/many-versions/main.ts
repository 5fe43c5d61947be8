// Many versions live, as a story that is also a test: it ends with 0 when all of it happened, and 1 when a part did not.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Claim } from '../demo/claim.ts'
import { type Program, startProgram } from '../demo/program.ts'
import { createTerminal } from '../demo/terminal.ts'
import { createWitness, StoryBroken } from '../demo/witness.ts'
import { playBuilder } from './builder-story.ts'
import { createComponentRepository } from './component-repository.ts'
import { playCoordinator, playPreview, playReleaser } from './other-stories.ts'
import { type Hands, PRODUCTION, wait } from './stage.ts'

const COMPONENTS = fileURLToPath(new URL('../../examples/many-versions', import.meta.url))
const INTERRUPTED = 130

async function main(): Promise<number> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
  const terminal = createTerminal(process.stdout)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-many-'))
  const closing: (() => Promise<void>)[] = []
  const claims: Claim[] = []
  let program: Program | undefined
  let broken: string | undefined
  try {
    terminal.say('Starting Sluice …')
    program = await startProgram({ state: join(folder, 'state'), boardPort: 0, withoutVerdicts: false })
    terminal.say(`The board: ${program.address}`)
    const witness = createWitness(program.client)
    closing.push(() => witness.stop())
    interrupted.signal.addEventListener('abort', () => void witness.stop())
    await play({
      program,
      witness,
      closing,
      repository: await createComponentRepository(COMPONENTS, join(folder, 'components')),
      chapter: (title) => terminal.chapter(title),
      say: (sentence) => terminal.say(sentence),
      claim: (claim, seen) => void claims.push({ claim, broken: seen }),
    })
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error
    if (interrupted.signal.aborted) return INTERRUPTED
    broken = error.message
  } finally {
    for (const close of closing.toReversed()) await close()
    await program?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  terminal.chapter(broken === undefined ? 'What callers saw' : `The story broke off: ${broken}`)
  terminal.claims(claims)
  const failed = claims.filter((one) => one.broken !== undefined).length
  const holds = failed === 0 && broken === undefined
  terminal.chapter(
    holds ? `All ${claims.length} claims hold.` : `${failed} of ${claims.length} claims do not hold.`,
  )
  return holds ? 0 : 1
}

async function play(hands: Hands): Promise<void> {
  const added = await hands.program.client.addRepository(hands.repository.folder)
  if (added.services.length === 0) throw new StoryBroken(added.problems.join('\n'))
  // The coordinator waits for its settings.
  for (const service of ['builder', 'releaser', 'preview'])
    await wait(hands, `${service} to be live`, () =>
      (hands.witness.board()?.services ?? []).some(
        (one) =>
          one.service === service &&
          one.stages.some(({ stage, live }) => stage === PRODUCTION && live !== null),
      ),
    )
  await playBuilder(hands)
  await playPreview(hands)
  await playReleaser(hands)
  await playCoordinator(hands)
}

process.exit(await main())
