// The story, chapter by chapter. It may only commit, send visitors and press what people press; all else is waited for.
import { has, type Pattern } from './event-pattern.ts'
import {
  bakedBehindTheLock,
  entersProduction,
  event,
  everybodyCameBy,
  live,
  openShop,
  press,
  PRODUCTION,
  type Stagehands,
  STAGING,
  textOf,
  wait,
  why8,
} from './story-steps.ts'

const PAGES_AFTER_UNPIN = 2

export async function playStory(hands: Stagehands): Promise<void> {
  await firstThree(hands)
  await bugInStaging(hands)
  await revert(hands)
  await bugUnderLoad(hands)
  await fix(hands)
  await lock(hands)
  await rollBack(hands)
}

async function firstThree(hands: Stagehands): Promise<void> {
  const { shop } = hands
  hands.chapter('#1 to #3 go all the way')
  await openShop(hands)
  await shop.commit(2)
  await shop.commit(3)
  hands.say('#2 and #3 are merged, one right after the other. They bake in staging and go on one at a time.')
  await live(hands, 2, PRODUCTION)
  hands.say('#2 is live in production.')
  await live(hands, 3, PRODUCTION)
  hands.say('#3 is live in production.')
}

async function bugInStaging(hands: Stagehands): Promise<void> {
  hands.chapter('#4 breaks one page in five')
  await hands.shop.commit(4)
  hands.say('#4 is merged. The search page now fails, one page in five.')
  await live(hands, 4, STAGING)
  hands.say('#4 bakes in staging.')
  const never = [entersProduction(4)]
  await event(hands, { type: 'verdict-against', release: 4, stage: STAGING }, never)
  hands.say(`Stopped: ${textOf(hands, { type: 'verdict-against', release: 4 })}.`)
  await event(
    hands,
    { type: 'rollout-completed', release: 3, stage: STAGING, with: {}, by: 'machine' },
    never,
    2,
  )
  hands.say('#4 is rejected and staging is back on #3. Production never saw it.')
}

async function revert(hands: Stagehands): Promise<void> {
  hands.chapter('#5 reverts #4')
  await hands.shop.revertNewest('Ines')
  hands.say('#5 is a plain `git revert`. It contains #4 and undoes it, so the block is lifted.')
  await live(hands, 5, PRODUCTION)
  hands.say('#5 is live in production.')
}

async function bugUnderLoad(hands: Stagehands): Promise<void> {
  hands.chapter('#6 breaks under the load of production')
  await hands.shop.commit(6)
  hands.say('#6 is merged. It keeps a connection for each visitor, and has ten of them.')
  await live(hands, 6, STAGING)
  await event(hands, { type: 'changes-cleared', stage: STAGING, with: { changes: [6] } })
  hands.say('The team in staging never needs so many: #6 passes its bake.')
  const never = [live6, secondStep6]
  await event(hands, { type: 'step-started', release: 6, stage: PRODUCTION, with: { step: 0 } }, never)
  await wait(hands, {
    what: 'the first customers of #6',
    until: () =>
      hands.witness
        .stage(PRODUCTION)
        ?.arms.some(({ release, requestsPerS }) => release === 6 && requestsPerS > 0) === true ||
      has(hands.witness.events, { type: 'verdict-against', release: 6 }),
  })
  hands.say('One box of production takes #6: one customer in ten.')
  await hands.show('one-box')
  await event(hands, { type: 'verdict-against', release: 6, stage: PRODUCTION }, never)
  hands.say(`Stopped: ${textOf(hands, { type: 'verdict-against', release: 6 })}.`)
  await event(hands, { type: 'rollout-completed', release: 5, stage: PRODUCTION }, never, 2)
  await everybodyCameBy(hands, 1, 'went back')
  hands.say('All traffic is back on #5. Nine customers in ten never noticed.')
}

const live6: Pattern = { type: 'rollout-completed', release: 6, stage: PRODUCTION }
const secondStep6: Pattern = { type: 'step-started', release: 6, stage: PRODUCTION, with: { step: 1 } }

async function fix(hands: Stagehands): Promise<void> {
  hands.chapter('#7 fixes #6')
  await hands.shop.commit(7)
  hands.say('#7 says `Sluice-Fixes: #6` in its message, so production may take the two together.')
  await live(hands, 7, PRODUCTION)
  hands.say('#7 is live in production.')
}

async function lock(hands: Stagehands): Promise<void> {
  const { program, shop, log } = hands
  hands.chapter('A lock, and #8 behind it')
  await press(hands, 'lock', { stage: PRODUCTION, reason: 'the press is here', suspect: null })
  hands.say('Somebody locks production: "the press is here".')
  await shop.commit(8)
  await bakedBehindTheLock(hands)
  hands.say(`#8 is merged; staging took it and it baked. Production waits: ${await why8(program.client)}.`)
  await hands.show('behind-the-lock')
  log.mark('unlock')
  await press(hands, 'unlock', { stage: PRODUCTION })
  hands.say('Unlocked.')
  await live(hands, 8, PRODUCTION)
  hands.say('#8 is live in production.')
}

async function rollBack(hands: Stagehands): Promise<void> {
  const { witness, program, log } = hands
  hands.chapter('A person goes back to #7')
  await everybodyCameBy(hands, 1, '#8 everywhere')
  await press(hands, 'rollback', { stage: PRODUCTION, to: 7, reason: 'the tea of the day is sold out' })
  hands.say('Somebody does not like #8 after all and rolls production back. That pins it.')
  await event(hands, { type: 'rollout-completed', release: 7, stage: PRODUCTION }, [], 2)
  log.mark('rolled back')
  await everybodyCameBy(hands, 1, 'back on #7')
  await press(hands, 'unpin', { stage: PRODUCTION, reason: 'the people were told' })
  log.mark('unpinned')
  hands.say('Unpinned. Nothing moves: what a person took out does not come back by itself.')
  await everybodyCameBy(hands, PAGES_AFTER_UNPIN, 'nothing moved')
  await witness.refresh()
  hands.say(`Why is #8 not in production? ${await why8(program.client)}.`)
  await hands.show('end')
}
