// The demo: a story that is also a test. `npm run demo` plays it and goes on until Ctrl-C; with `--exit` it ends, with 0
// when every part of the story happened and 1 when one did not.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { claimsOf } from './claims.ts'
import { hotfixClaims } from './hotfix-claims.ts'
import { playHotfix } from './hotfix-story.ts'
import { type Flags, readFlags } from './flags.ts'
import { startProgram, type Program } from './program.ts'
import { createPhotographer } from './screenshots.ts'
import { createShopRepository } from './shop-repository.ts'
import { stageLine } from './stage-lines.ts'
import { playStory } from './story.ts'
import { whyOf } from './story-steps.ts'
import { createTerminal, type Terminal } from './terminal.ts'
import { createVisitLog, type VisitLog } from './visit-log.ts'
import type { Visitors } from './visitors.ts'
import { createWitness, StoryBroken, type Witness } from './witness.ts'

const SHOP = fileURLToPath(new URL('../../examples/shop', import.meta.url))
const INTERRUPTED = 130

async function main(): Promise<number> {
  const flags = readFlags()
  if (typeof flags === 'number') return flags
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
  const terminal = createTerminal(process.stdout)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
  let program: Program | undefined
  const closing: (() => Promise<void>)[] = []
  try {
    terminal.say('Starting Sluice …')
    program = await startProgram({
      state: join(folder, 'state'),
      boardPort: flags.port,
      withoutVerdicts: flags.withoutVerdicts,
    })
    greet(terminal, program, folder, flags)
    return await play({ flags, folder, program, terminal, closing, interrupted: interrupted.signal })
  } finally {
    terminal.calm()
    for (const close of closing.toReversed()) await close()
    await program?.stop()
    if (!flags.keeps) await rm(folder, { recursive: true, force: true })
  }
}

type Playing = {
  readonly flags: Flags
  readonly folder: string
  readonly program: Program
  readonly terminal: Terminal
  readonly closing: (() => Promise<void>)[]
  readonly interrupted: AbortSignal
}

/** The exit code of the demo. */
async function play({ flags, folder, program, terminal, closing, interrupted }: Playing): Promise<number> {
  const shop = await createShopRepository(SHOP, join(folder, 'shop'))
  const log = createVisitLog(join(folder, 'visits.jsonl'))
  const witness = createWitness(program.client)
  const visitors: Visitors[] = []
  const photographer = await createPhotographer(flags.screenshots, program.address)
  closing.push(
    () => log.close(),
    () => witness.stop(),
    () => photographer.close(),
    async () => void (await Promise.all(visitors.map((each) => each.stop()))),
  )
  interrupted.addEventListener('abort', () => void witness.stop())
  witness.onNews(() =>
    terminal.live(
      (witness.board()?.services[0]?.stages ?? []).map((stage) => stageLine(stage, terminal.styles)),
    ),
  )
  let broken: string | undefined
  try {
    await (flags.story === 'hotfix' ? playHotfix : playStory)({
      program,
      shop,
      witness,
      log,
      visitors,
      chapter: (title) => terminal.chapter(title),
      say: (sentence) => terminal.say(sentence),
      show: (scene) => photographer.take(scene),
    })
  } catch (error) {
    if (interrupted.aborted) return INTERRUPTED
    if (!(error instanceof StoryBroken)) throw error
    broken = error.message
  }
  const holds = await conclude({ terminal, witness, log, program, broken, story: flags.story })
  if (flags.exits || interrupted.aborted) return holds ? 0 : 1
  terminal.say(`The shop goes on. The board: ${terminal.styles.bold(program.address)}   Ctrl-C ends it all.`)
  await new Promise((resolve) => interrupted.addEventListener('abort', resolve))
  return holds ? 0 : 1
}

function greet(terminal: Terminal, { address, routerPort }: Program, folder: string, flags: Flags): void {
  const { bold, dim } = terminal.styles
  terminal.say(`${bold('Open the board:')} ${bold(address)}  and watch it while the story plays.`)
  terminal.say(
    dim(
      `The shop itself: http://shop.localhost:${routerPort} and http://staging.shop.localhost:${routerPort}`,
    ),
  )
  if (flags.keeps) terminal.say(dim(`Everything is kept in ${folder}`))
}

type Conclusion = {
  readonly terminal: Terminal
  readonly witness: Witness
  readonly log: VisitLog
  readonly program: Program
  readonly broken: string | undefined
  readonly story: Flags['story']
}

/** Prints what the story came to, and whether all of it holds. */
async function conclude({ terminal, witness, log, program, broken, story }: Conclusion): Promise<boolean> {
  await witness.refresh()
  if (broken !== undefined) {
    terminal.chapter('The story broke off')
    terminal.say(broken)
    for (const line of await lastSeen(witness, program)) terminal.say(line)
  }
  const why8 = await whyOf(program.client, 8).catch(() => [])
  const replays = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map(async (release) => ({
      release,
      replay: await program.client.replay('shop', release).catch(() => []),
    })),
  )
  const claims = (story === 'hotfix' ? hotfixClaims : claimsOf)({
    visits: log.visits,
    events: witness.events,
    markOf: (mark) => log.markOf(mark),
    why8,
    replays,
  })
  terminal.chapter('What the visitors and the event log say')
  terminal.claims(claims)
  const failed = claims.filter((claim) => claim.broken !== undefined).length
  const holds = failed === 0 && broken === undefined
  terminal.chapter(
    holds ? `All ${claims.length} claims hold.` : `${failed} of ${claims.length} claims do not hold.`,
  )
  return holds
}

/** The newest events, and why what waits does so. */
async function lastSeen(witness: Witness, { client }: Program): Promise<readonly string[]> {
  const newest = witness.board()?.services[0]?.releases[0]?.release
  const why = newest === undefined ? [] : await whyOf(client, newest).catch(() => [])
  return [
    'Seen last:',
    ...witness.events.slice(-6).map(({ text }) => `  ${text}`),
    ...(why.length === 0 ? [] : [`Why #${newest} is not in production: ${why.join('; ')}`]),
  ]
}

process.exit(await main())
