// What the story is made of: waiting for events, for the board, for visitors to come by; and pressing what people press.
import type { Client } from '../../src/api/client.ts'
import { matches, type Pattern, sayPattern } from './event-pattern.ts'
import type { Program } from './program.ts'
import type { ShopRepository } from './shop-repository.ts'
import type { VisitLog } from './visit-log.ts'
import { sendVisitors, type Visitors } from './visitors.ts'
import { SERVICE, StoryBroken, type Witness } from './witness.ts'

export type Scene = 'one-box' | 'behind-the-lock' | 'piled-up' | 'end'

export type Stagehands = {
  readonly program: Program
  readonly shop: ShopRepository
  readonly witness: Witness
  readonly log: VisitLog
  readonly visitors: Visitors[]
  chapter(title: string): void
  say(sentence: string): void
  /** A moment worth a picture. */
  show(scene: Scene): Promise<void>
}

/** Ends what will never happen, also on a slow and busy machine. */
const CHAPTER_MS_MAX = 180_000

/** The team tries staging; customers are many, and each of them slow. */
export const TEAM = {
  environment: 'staging',
  host: 'staging.shop.localhost',
  people: 6,
  pauseMs: 600,
} as const
export const CUSTOMERS = {
  environment: 'production',
  host: 'shop.localhost',
  people: 400,
  pauseMs: 5_000,
} as const

export const STAGING = 'staging'
export const PRODUCTION = 'production'

export function entersProduction(release: number): Pattern {
  return { type: 'rollout-started', release, stage: PRODUCTION, with: { direction: 'forward' } }
}

/** #1 goes all the way, and visitors come as soon as there is something to see. */
export async function openShop(hands: Stagehands): Promise<void> {
  const { program, shop, log, visitors } = hands
  hands.say('The shop is added; its newest commit becomes #1, and the first release needs no bake.')
  const added = await program.client.addRepository(shop.folder)
  if (added.services.length === 0) throw new StoryBroken(added.problems.join('\n'))
  const port = program.routerPort
  await live(hands, 1, STAGING)
  visitors.push(sendVisitors({ ...TEAM, port }, log))
  hands.say(`#1 is live in staging. The team of ${TEAM.people} tries it out.`)
  await live(hands, 1, PRODUCTION)
  visitors.push(sendVisitors({ ...CUSTOMERS, port }, log))
  hands.say(`#1 is live in production, where ${CUSTOMERS.people} customers come and go.`)
}

/** Waits until the release is live there; a verdict against it, or a failed build, ends the wait at once. */
export function live(hands: Stagehands, release: number, stage: string): Promise<void> {
  return event(hands, { type: 'rollout-completed', release, stage }, [
    { type: 'build-failed', release },
    { type: 'verdict-against', release },
    { type: 'rollout-failed', release },
  ])
}

/** Waits for the event, to occur so many times (twice where a release comes back); none of the others may come. */
export async function event(
  hands: Stagehands,
  awaited: Pattern,
  never: readonly Pattern[] = [],
  times = 1,
): Promise<void> {
  const { events } = hands.witness
  await wait(hands, {
    what: sayPattern(awaited),
    until: () => events.filter((row) => matches(row, awaited)).length >= times,
    unless: () => {
      const wrong = events.find((row) => never.some((pattern) => matches(row, pattern)))
      return wrong && `while waiting for ${sayPattern(awaited)}: ${wrong.text}`
    },
  })
}

/** Each customer has asked for that many pages from now on. */
export async function everybodyCameBy(
  { witness, log }: Stagehands,
  pages: number,
  mark: string,
): Promise<void> {
  const since = log.mark(mark)
  const from = log.visits.length
  await witness.wait({
    what: 'every customer to come by',
    limitMs: CHAPTER_MS_MAX,
    until: () => {
      const count = new Map<string, number>()
      for (const { environment, visitor, kind, after } of log.visits.slice(from))
        if (environment === PRODUCTION && kind === 'page' && after >= since)
          count.set(visitor, (count.get(visitor) ?? 0) + 1)
      return count.size === CUSTOMERS.people && [...count.values()].every((seen) => seen >= pages)
    },
  })
}

export async function wait(
  hands: Stagehands,
  awaited: {
    readonly what: string
    readonly until: () => boolean
    readonly unless?: () => string | undefined
  },
): Promise<void> {
  await hands.witness.wait({ limitMs: CHAPTER_MS_MAX, ...awaited })
}

export async function press<Name extends 'lock' | 'unlock' | 'rollback' | 'unpin' | 'hotfix'>(
  { program }: Stagehands,
  act: Name,
  body: Parameters<typeof program.client.act<Name>>[2],
): Promise<void> {
  const outcome = await program.client.act(SERVICE, act, body)
  if (!outcome.done) throw new StoryBroken(`${act} was refused: ${outcome.text}`)
}

export function textOf({ witness }: Stagehands, pattern: Pattern): string {
  const row = witness.events.find((each) => matches(each, pattern))
  const what = row?.data['what']
  return typeof what === 'string' ? what : (row?.text ?? '')
}

/** Sentences of `why 8`, about production. */
export async function whyOf(client: Client, release: number): Promise<readonly string[]> {
  const { why } = await client.release(SERVICE, release)
  return why.find(({ stage }) => stage === PRODUCTION)?.why.map(({ text }) => text) ?? []
}

export async function why8(client: Client): Promise<string> {
  return (await whyOf(client, 8)).join('; ')
}

/** #8 has baked in staging, and nothing but the lock keeps it from production. */
export async function bakedBehindTheLock(hands: Stagehands): Promise<void> {
  const { witness } = hands
  await event(hands, { type: 'changes-cleared', stage: STAGING, with: { changes: [8] } }, [
    entersProduction(8),
  ])
  await wait(hands, {
    what: 'the board to say that only the lock holds #8',
    until: () =>
      witness
        .stage(PRODUCTION)
        ?.waiting.some(
          ({ release, why }) => release === 8 && why.every(({ code }) => code === 'gate/locked'),
        ) === true,
  })
}
