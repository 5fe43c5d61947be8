// Acts on a stage of every service, as the rules know them.
import type { EverywhereActName, EverywhereBody, EverywhereOutcome } from '../api/everywhere-acts.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import type { EverywhereCommand } from '../domain/everywhere/decide.ts'
import type { Control } from '../server/control.ts'
import { LOCK_MS } from './act-command.ts'

type Acted = {
  readonly [Name in EverywhereActName]: { readonly act: Name; readonly body: EverywhereBody<Name> }
}[EverywhereActName]

export function createEverywhereControl(parts: {
  readonly coordinator: Pick<Coordinator, 'everywhere' | 'services' | 'state'>
  readonly now: () => number
  readonly newLockId: () => string
  readonly position: () => number
}): Control['actEverywhere'] {
  const { coordinator } = parts
  return async ({ act, stage, body, person, dryRun }) => {
    // Act and body belong together: the caller's types say so, the union cannot.
    const command = commandOf({ act, body } as Acted, stage, {
      at: parts.now(),
      person,
      id: parts.newLockId(),
    })
    const services = coordinator
      .services()
      .filter((service) => coordinator.state(service).stages[stage])
      .toSorted()
    const decided = dryRun
      ? await coordinator.everywhere.tried(command)
      : await coordinator.everywhere.handle(command)
    if ('refusal' in decided) {
      const { refusal } = decided
      return { done: false, refusal, position: null, lock: null, text: refusal.text, services }
    }
    const position = dryRun ? null : parts.position()
    const text = sentence(command, services)
    return { done: true, refusal: null, position, lock: dryRun ? null : decided.lock, text, services }
  }
}

function commandOf(
  { act, body }: Acted,
  stage: string,
  { at, person, id }: { readonly at: number; readonly person: string; readonly id: string },
): EverywhereCommand {
  const who = { stage, at, by: { kind: 'person', name: person } } as const
  switch (act) {
    case 'lock': {
      const { reason, forMs = LOCK_MS, incident = null, hard, allTracks } = body
      return { type: 'lock-everywhere', id, owner: person, reason, forMs, incident, hard, allTracks, ...who }
    }
    case 'edit-lock':
      return { type: 'edit-lock-everywhere', ...body, ...who }
    case 'unlock':
      return { type: 'unlock-everywhere', ...body, ...who }
  }
}

function sentence(command: EverywhereCommand, services: readonly string[]): EverywhereOutcome['text'] {
  const { stage } = command
  const whose = `${stage} of ${services.length === 1 ? 'the one service that has it' : `all ${services.length} services that have it`} (${services.join(', ')})`
  switch (command.type) {
    case 'lock-everywhere':
      return `${whose} locked by ${command.owner}, and of every service that comes later: ${command.reason}`
    case 'edit-lock-everywhere':
      return `the lock over ${whose} is changed`
    case 'unlock-everywhere':
      return command.incidentClosed
        ? `the incident is over; ${whose} opens when the lock expires`
        : `${whose} unlocked; what waited goes in as each service says`
  }
}
