// What the story is played with: pressing what people press, and waiting for what callers see. Nothing waits for time.
import type { z } from 'zod'
import type { ActName, actBodies } from '../../src/api/acts.ts'
import type { Program } from '../demo/program.ts'
import { StoryBroken, type Witness } from '../demo/witness.ts'
import type { Callers } from './callers.ts'
import type { ComponentRepository } from './component-repository.ts'

export const PRODUCTION = 'production'
/** Ends what will never happen, also on a slow and busy machine. */
const WAIT_MS_MAX = 180_000

export type Hands = {
  readonly program: Program
  readonly repository: ComponentRepository
  readonly witness: Witness
  readonly closing: (() => Promise<void>)[]
  chapter(title: string): void
  say(sentence: string): void
  /** Something that must be so, and what was seen of it. */
  claim(claim: string, broken: string | undefined): void
}

export async function press<Name extends ActName>(
  { program }: Hands,
  service: string,
  act: Name,
  body: z.input<(typeof actBodies)[Name]>,
): Promise<void> {
  const outcome = await program.client.act(service, act, body)
  if (!outcome.done) throw new StoryBroken(`${act} of ${service} was refused: ${outcome.text}`)
}

export function wait({ witness }: Hands, what: string, until: () => boolean): Promise<void> {
  return witness.wait({ what, until, limitMs: WAIT_MS_MAX })
}

/** Until the newest answer of this caller comes from that version. */
export function gets(hands: Hands, callers: Callers, who: string, version: string): Promise<void> {
  return wait(hands, `${who} to get version ${version}`, () => callers.last(who)?.version === version)
}

/** Undefined when there is nothing; else the first few. */
export function few(wrong: readonly string[]): string | undefined {
  return wrong.length === 0 ? undefined : `${wrong.length}: ${wrong.slice(0, 3).join('; ')}`
}
