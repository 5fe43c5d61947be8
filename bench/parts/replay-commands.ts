// Commands that a walk recorded, handled once more: what is measured is then the program, and not the outside that
// made them up.
import { handleCommand } from '../../src/coordinator/handle-command.ts'
import type { Streams } from '../../src/coordinator/streams.ts'
import type { ServiceCommand } from '../../src/domain/service/command.ts'
import { due } from '../../src/domain/service/due.ts'

export type Recorded = ReadonlyMap<string, readonly ServiceCommand[]>

export type Replay = {
  readonly streams: Streams
  readonly recorded: Recorded
  readonly sideBySide: number
}

/** Before each command the service is asked what is due, as its loop does. Returns how many commands were handled. */
export async function replayCommands({ streams, recorded, sideBySide }: Replay): Promise<number> {
  const waiting = [...recorded]
  let handled = 0
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [service, commands] = next
      for (const command of commands) {
        due(streams.get(service).state, command.at)
        const outcome = await handleCommand(streams, service, command)
        if (!outcome.done) throw new Error(`${command.type} on ${service}: ${outcome.refusal.text}`)
        handled += 1
      }
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, worker))
  return handled
}
