// The whole config with every default filled in.
import { resolve } from 'node:path'
import type { ServiceDefinition } from '../../domain/pipeline/definition.ts'
import type { MemoryLimit } from '../../domain/service/warm-memory.ts'
import type { ConfigPath } from '../config-mistake.ts'
import type { WrittenConfig } from '../schema/config-schema.ts'
import { completeService } from './complete-service.ts'
import { DEFAULTS } from './defaults.ts'
import type { ProblemList } from './problem-list.ts'

/** What a config file means. */
export type Config = {
  readonly services: readonly ServiceDefinition[]
  readonly listen: ListenSettings
  readonly webhooks: readonly WebhookSettings[]
  /** Null: none by themselves. Undefined: nothing is said of it. */
  readonly backup: BackupSettings | null | undefined
  readonly limits: LimitSettings
}

/** What may be taken of the machine; sizes in bytes. */
export type LimitSettings = {
  readonly warmMemory: MemoryLimit
  readonly buildCacheBytes: number
  readonly mirrorBytes: number
}

export type BackupSettings = { readonly everyMs: number; readonly keep: number }

/** The API listens on loopback; `suffix` is what the host names of services end in. */
export type ListenSettings = {
  readonly host: string
  readonly port: number
  readonly suffix: string
  readonly apiPort: number
  /** A folder of certificates, absolute. Null: no HTTPS. */
  readonly tls: { readonly port: number; readonly certificates: string } | null
  readonly trustedProxies: readonly string[]
  /** 0 to 1, of the requests that went well. */
  readonly accessLogShare: number
  /** Answers name their release. */
  readonly releaseHeader: boolean
  /** Of a request; null: any. */
  readonly bodyBytesMax: number | null
  readonly trafficRouter: 'built-in' | 'haproxy'
}

export type WebhookSettings = { readonly url: string; readonly secretFrom: SecretPlace }

/** Where a secret is; its value is read by whoever uses it, and never kept with the config. */
export type SecretPlace =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

export function completeConfig(written: WrittenConfig, folder: string, problems: ProblemList): Config {
  return {
    services: Object.entries(written.services).map(([service, body]) =>
      completeService(body, { service, folder, problems, people: written.people ?? {} }),
    ),
    listen: completeListen(written.listen, folder, problems),
    webhooks: completeWebhooks(written.notify, folder, problems),
    backup: completeBackup(written.backup),
    limits: {
      warmMemory: written.limits?.warmMemory ?? DEFAULTS.limits.warmMemory,
      buildCacheBytes: written.limits?.buildCache ?? DEFAULTS.limits.buildCacheBytes,
      mirrorBytes: written.limits?.mirrors ?? DEFAULTS.limits.mirrorBytes,
    },
  }
}

function completeBackup(written: WrittenConfig['backup']): Config['backup'] {
  if (written === undefined) return undefined
  if (written === false) return null
  const { everyMs, keep } = DEFAULTS.backup
  return { everyMs: written.every ?? everyMs, keep: written.keep ?? keep }
}

function completeListen(
  written: WrittenConfig['listen'],
  folder: string,
  problems: ProblemList,
): ListenSettings {
  const tls = written?.tls
  const listen = {
    host: written?.host ?? DEFAULTS.listen.host,
    port: written?.port ?? DEFAULTS.listen.port,
    suffix: written?.suffix ?? DEFAULTS.listen.suffix,
    apiPort: written?.api ?? DEFAULTS.listen.apiPort,
    tls: tls ? { port: tls.port, certificates: resolve(folder, tls.certificates) } : DEFAULTS.listen.tls,
    trustedProxies: written?.trustedProxies ?? DEFAULTS.listen.trustedProxies,
    accessLogShare: written?.accessLog ?? DEFAULTS.listen.accessLogShare,
    releaseHeader: written?.releaseHeader ?? DEFAULTS.listen.releaseHeader,
    bodyBytesMax: written?.bodyLimit ?? DEFAULTS.listen.bodyBytesMax,
    trafficRouter: written?.trafficRouter ?? DEFAULTS.listen.trafficRouter,
  }
  if (listen.port === listen.apiPort) {
    const key = written?.api === undefined ? 'port' : 'api'
    problems.add(
      ['listen', key],
      `is ${listen.port}, the same as the ${key === 'api' ? "router's" : "API's"} port`,
    )
  }
  if (listen.tls !== null && (listen.tls.port === listen.port || listen.tls.port === listen.apiPort)) {
    const whose = listen.tls.port === listen.port ? "router's" : "API's"
    problems.add(['listen', 'tls', 'port'], `is ${listen.tls.port}, the same as the ${whose} port`)
  }
  if (listen.trafficRouter === 'haproxy')
    for (const key of NOT_WITH_HAPROXY)
      if (written?.[key] !== undefined)
        problems.add(['listen', key], 'is not told to HAProxy yet; leave it out, or use the built-in router')
  return listen
}

const NOT_WITH_HAPROXY = ['tls', 'trustedProxies', 'accessLog', 'releaseHeader', 'bodyLimit'] as const

function completeWebhooks(
  written: WrittenConfig['notify'],
  folder: string,
  problems: ProblemList,
): readonly WebhookSettings[] {
  if (written === undefined) return []
  const isList = Array.isArray(written.webhook)
  const webhooks = Array.isArray(written.webhook) ? written.webhook : [written.webhook]
  return webhooks.flatMap(({ url, secretFrom }, index) => {
    const path = ['notify', 'webhook', ...(isList ? [index] : []), 'secretFrom']
    const place = completeSecretPlace(secretFrom, { folder, path, problems })
    return place === null ? [] : [{ url, secretFrom: place }]
  })
}

function completeSecretPlace(
  written: { readonly env?: string | undefined; readonly file?: string | undefined },
  place: { readonly folder: string; readonly path: ConfigPath; readonly problems: ProblemList },
): SecretPlace | null {
  if (written.env !== undefined && written.file === undefined) return { kind: 'env', name: written.env }
  if (written.file !== undefined && written.env === undefined) {
    return { kind: 'file', path: resolve(place.folder, written.file) }
  }
  place.problems.add(place.path, 'must have either `env` or `file`')
  return null
}
