// Notices as lines of the log: what there is before anybody names a better place.
import type { Log } from '../../../ports/log.ts'
import type { Notifier } from '../../../ports/notifier.ts'

export function createLogNotifier(parts: { readonly log: Log }): Notifier {
  return {
    send: async (notice) => {
      const { id, at, type, service, stage, to, facts, text } = notice
      parts.log.info({ notice: id, at, type, service, stage, to, facts, text }, 'a notice for people')
    },
  }
}
