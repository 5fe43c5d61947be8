// Where notices go: always to the log, and to every webhook that a followed configuration names.
import { readFile } from 'node:fs/promises'
import { createLogNotifier } from '../adapters/notifier/log/log-notifier.ts'
import { createWebhookNotifier } from '../adapters/notifier/webhook/webhook-notifier.ts'
import type { Config, SecretPlace, WebhookSettings } from '../config/complete/complete-config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Notifier } from '../ports/notifier.ts'
import { PortFailure } from '../ports/port-failure.ts'

export type Notifiers = {
  readonly all: readonly Notifier[]
  /** Takes over the webhooks of these configurations; those that stay keep their place. */
  configure(configs: readonly Config[]): Promise<void>
}

export function createNotifiers(log: Log, clock: Clock): Notifiers {
  const webhooks = new Map<string, Notifier>()
  const toWebhooks: Notifier = {
    send: async (notice) => {
      const answers = await Promise.allSettled([...webhooks.values()].map((webhook) => webhook.send(notice)))
      const failed = answers.find((answer) => answer.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
  return {
    all: [createLogNotifier({ log }), toWebhooks],
    configure: async (configs) => {
      const wanted = new Map(
        configs.flatMap((config) => config.webhooks).map((webhook) => [webhook.url, webhook]),
      )
      for (const url of webhooks.keys()) if (!wanted.has(url)) webhooks.delete(url)
      for (const [url, webhook] of wanted) {
        if (webhooks.has(url)) continue
        try {
          webhooks.set(url, createWebhookNotifier({ url, secret: await readSecret(webhook), clock }))
        } catch (error) {
          log.error({ url, error }, 'a webhook cannot be used and gets no notices')
        }
      }
    },
  }
}

async function readSecret({ url, secretFrom }: WebhookSettings): Promise<string> {
  const secret =
    secretFrom.kind === 'env'
      ? process.env[secretFrom.name]
      : (await readFile(secretFrom.path, 'utf8')).trim()
  if (secret === undefined || secret === '')
    throw new PortFailure(`the webhook ${url} needs its secret: ${where(secretFrom)} is empty`, {
      code: 'notifier/no-secret',
      again: 'never',
    })
  return secret
}

function where(place: SecretPlace): string {
  return place.kind === 'env' ? `the variable ${place.name}` : place.path
}
