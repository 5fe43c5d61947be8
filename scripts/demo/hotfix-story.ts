// The second story: changes pile up behind a lock, a hotfix passes it by name while #8 waits, and the branch takes the
// hotfix back as #9, in which #8 goes live.
import { matches, type Pattern } from './event-pattern.ts'
import { behindTheLock, FIX_BRANCH, piledUp, theFix } from './hotfix-changes.ts'
import {
  bakedBehindTheLock,
  entersProduction,
  event,
  everybodyCameBy,
  openShop,
  press,
  PRODUCTION,
  type Stagehands,
  STAGING,
  wait,
  why8,
} from './story-steps.ts'
import { SERVICE, StoryBroken } from './witness.ts'
import { offLineNumber } from '../../src/domain/release-number.ts'

/** `#7+1`. */
export const HOTFIX = offLineNumber(7, 1) ?? 0

export async function playHotfix(hands: Stagehands): Promise<void> {
  await first(hands)
  await sixPileUp(hands)
  await lockAnd8(hands)
  await passTheLock(hands)
  await takenBack(hands)
  await unlocked(hands)
}

async function first(hands: Stagehands): Promise<void> {
  hands.chapter('#1 goes all the way')
  await openShop(hands)
}

async function sixPileUp(hands: Stagehands): Promise<void> {
  const { program, shop } = hands
  hands.chapter('Six changes pile up behind a lock')
  await press(hands, 'lock', { stage: PRODUCTION, reason: 'a sale', suspect: null })
  for (const change of piledUp) await shop.commitChange(change)
  hands.say('Production is locked for a sale. #2 to #7 are merged, and staging takes one after the other.')
  await event(hands, { type: 'rollout-completed', release: 7, stage: STAGING }, [entersProduction(7)])
  await bakedInStaging(hands, 7, [entersProduction(7)])
  const backlog = await program.client.backlog(SERVICE)
  const production = backlog.stages.find(({ stage }) => stage === PRODUCTION)
  for (const { name, risks } of production?.changes ?? [])
    for (const { text } of risks) hands.say(`A note on ${name}: ${text}.`)
  for (const { queue, text } of production?.openings ?? []) hands.say(`Unlocked with ${queue}: ${text}.`)
  await hands.show('piled-up')
  await press(hands, 'unlock', { stage: PRODUCTION, queue: 'latest' })
  hands.say('Unlocked, the newest first.')
  await event(
    hands,
    { type: 'rollout-completed', release: 7, stage: PRODUCTION },
    [2, 3, 4, 5, 6].map(entersProduction),
  )
  hands.say('#7 is live in production, with all six in it.')
}

/** With whatever else was cleared in the same moment. */
function bakedInStaging(hands: Stagehands, release: number, never: readonly Pattern[]): Promise<void> {
  const { events } = hands.witness
  return wait(hands, {
    what: `#${release} to have baked in staging`,
    until: () =>
      events.some(
        ({ type, stage, data }) =>
          type === 'changes-cleared' && stage === STAGING && asList(data['changes']).includes(release),
      ),
    unless: () => events.find((row) => never.some((pattern) => matches(row, pattern)))?.text,
  })
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

async function lockAnd8(hands: Stagehands): Promise<void> {
  const { program, shop } = hands
  hands.chapter('A lock, and #8 behind it')
  await press(hands, 'lock', { stage: PRODUCTION, reason: 'the press is here', suspect: null })
  await shop.commitChange(behindTheLock)
  await bakedBehindTheLock(hands)
  hands.say(`#8 has baked in staging. Production waits: ${await why8(program.client)}.`)
}

async function passTheLock(hands: Stagehands): Promise<void> {
  const { program, shop, witness, log } = hands
  hands.chapter('A hotfix passes the lock by name')
  const from = witness.stage(PRODUCTION)?.live?.sha
  if (from === undefined) throw new StoryBroken('production runs nothing')
  await shop.commitAside(FIX_BRANCH, from, theFix)
  const wish = { stage: PRODUCTION, changes: [FIX_BRANCH], reason: 'teapots are sold twice' }
  const refused = await program.client.act(SERVICE, 'hotfix', wish)
  if (refused.done) throw new StoryBroken('the hotfix went through a lock that nobody named')
  log.mark('refused')
  hands.say(`Without naming the lock it is refused: ${refused.text}.`)
  const lock = witness.stage(PRODUCTION)?.locks[0]?.id
  if (lock === undefined) throw new StoryBroken('production is not locked')
  await press(hands, 'hotfix', { ...wish, locks: [lock] })
  const never = [entersProduction(8), { type: 'stage-unlocked', stage: PRODUCTION, with: { lock } }]
  await event(hands, { type: 'rollout-completed', release: HOTFIX, stage: PRODUCTION }, never)
  log.mark('hotfix live')
  hands.say('With the lock named it goes: #7+1, the fix upon what production runs, is live. #8 still waits.')
  await everybodyCameBy(hands, 1, 'the hotfix everywhere')
}

async function takenBack(hands: Stagehands): Promise<void> {
  const { program, shop } = hands
  hands.chapter('The branch takes it back as #9')
  hands.say(`Why is #8 not in production? ${await why8(program.client)}.`)
  await shop.merge(FIX_BRANCH, 'Tom')
  const never = [entersProduction(8), entersProduction(9)]
  await event(hands, { type: 'change-taken-in', release: HOTFIX }, never)
  await bakedInStaging(hands, 9, never)
  hands.say('#9 is the merge of the fix. It contains #8 and what production runs, and has baked in staging.')
  await hands.show('behind-the-lock')
}

async function unlocked(hands: Stagehands): Promise<void> {
  const { log, witness } = hands
  hands.chapter('Unlocked')
  log.mark('unlock')
  await press(hands, 'unlock', { stage: PRODUCTION })
  await event(hands, { type: 'rollout-completed', release: 9, stage: PRODUCTION }, [entersProduction(8)])
  log.mark('9 live')
  await everybodyCameBy(hands, 1, 'on #9')
  await witness.refresh()
  hands.say('#8 is superseded: it is live inside #9, and never went alone.')
}
