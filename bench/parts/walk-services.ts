// Takes services through the lives of their releases, by the production code: what is due is asked, the easy outside
// answers, and every answer goes through `handleCommand`. Services walk side by side, so that their writes share syncs.
import { handleCommand } from '../../src/coordinator/handle-command.ts'
import type { Streams } from '../../src/coordinator/streams.ts'
import { machine } from '../../src/domain/names.ts'
import type { ServiceCommand } from '../../src/domain/service/command.ts'
import type { ServiceDefinition } from '../../src/domain/pipeline/definition.ts'
import { due } from '../../src/domain/service/due.ts'
import { answersTo, bakeEnd, changeOf, definitionOf } from './easy-outside.ts'

export type Walk = {
  readonly streams: Streams
  readonly services: readonly string[]
  readonly releases: number
  readonly definition?: (service: string) => ServiceDefinition
  /** The last release stays in its bake. */
  readonly endsBaking?: boolean
  readonly startAt?: number
  /** Asked after every command; a service of which it is true is left as it is. */
  readonly isEnough?: (service: string) => boolean
  readonly sideBySide?: number
  readonly onCommand?: (service: string, command: ServiceCommand) => void
}

const by = machine('bench')
const SIDE_BY_SIDE = 100

/** Returns how many commands were handled. */
export async function walkServices(walk: Walk): Promise<number> {
  const waiting = [...walk.services]
  let handled = 0
  const walker = async (): Promise<void> => {
    for (let service = waiting.shift(); service !== undefined; service = waiting.shift()) {
      const more = await walkOne(walk, service)
      handled += more
    }
  }
  await Promise.all(Array.from({ length: walk.sideBySide ?? SIDE_BY_SIDE }, walker))
  return handled
}

async function walkOne(
  {
    streams,
    releases,
    definition = definitionOf,
    endsBaking = false,
    startAt = 1_700_000_000_000,
    isEnough = () => false,
    onCommand = () => {},
  }: Walk,
  service: string,
): Promise<number> {
  let at = startAt
  let handled = 0
  const handle = async (command: ServiceCommand): Promise<number> => {
    onCommand(service, command)
    const outcome = await handleCommand(streams, service, command)
    if (!outcome.done) throw new Error(`${command.type} on ${service}: ${outcome.refusal.text}`)
    handled += 1
    return outcome.events.length
  }
  const settle = async (): Promise<void> => {
    for (;;) {
      const { state } = streams.get(service)
      const intents = due(state, at)
      const next =
        intents.find((intent) => intent.do === 'decide') ?? intents.find(({ do: what }) => what !== 'wake')
      if (!next) return
      let news = 0
      for (const command of answersTo(state, next, at)) {
        news += await handle(command)
        if (isEnough(service)) return
      }
      if (news === 0)
        throw new Error(`${service}: doing what is due changed nothing: ${JSON.stringify(next)}`)
      at += 10
    }
  }
  await handle({ type: 'configure', definition: definition(service), at, by })
  for (let release = 1; release <= releases; release += 1) {
    const after = release === 1 ? null : changeOf(service, release - 1).sha
    await handle({ type: 'report-changes', after, changes: [changeOf(service, release)], at, by })
    await settle()
    if (isEnough(service) || (endsBaking && release === releases)) return handled
    for (const command of bakeEnd(streams.get(service).state, at)) {
      await handle(command)
      if (isEnough(service)) return handled
    }
    await settle()
    if (isEnough(service)) return handled
    at += 60_000
  }
  return handled
}
