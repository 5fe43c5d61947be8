// The router process: `node src/main/route.ts --state DIR --port 8080`.
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import type { Clock } from '../ports/clock.ts'
import { createRouter } from '../router/create-router.ts'
import { createAccessLog } from '../router/access-log.ts'
import { openAccessFile } from './access-file.ts'
import { keepCompiled } from './node-settings.ts'
import type { AddressMapping } from '../router/host-routing.ts'

const USAGE = `usage: node src/main/route.ts --state DIR [--port 8080] [--host 127.0.0.1] [--suffix localhost]
       [--map www.example.com=shop] [--map :8081=shop/staging] [--trusted-proxy 10.0.0.0/8] [--log-level info]
       [--tls-port 8443 --certificates DIR] [--access-log FILE] [--access-log-share 1]
       [--no-release-header] [--body-bytes-max 100000000]`

type Flags = {
  readonly stateDir: string
  readonly host: string
  readonly ports: readonly number[]
  readonly suffix: string
  readonly mappings: readonly AddressMapping[]
  readonly trustedProxies: readonly string[]
  readonly logLevel: string
  readonly tls: { readonly ports: readonly number[]; readonly certificates: string } | undefined
  readonly accessLog: string | undefined
  readonly accessLogShare: number
  readonly releaseHeader: boolean
  readonly bodyBytesMax: number | undefined
}

async function main(): Promise<void> {
  const flags = readFlags()
  if (flags === undefined) return
  const log = pino({ level: flags.logLevel, base: { part: 'router', pid: process.pid } }, pino.destination(2))
  process.on('uncaughtException', (error) => {
    log.fatal({ error: error.stack }, 'the router met a defect and ends; its keeper starts it again')
    process.exit(70)
  })
  try {
    const file =
      flags.accessLog === undefined
        ? undefined
        : openAccessFile(flags.accessLog, (error) =>
            log.warn({ error: error.message }, 'the access log cannot be written'),
          )
    const router = await createRouter({
      stateDir: flags.stateDir,
      host: flags.host,
      ports: flags.ports,
      hosts: { suffix: flags.suffix, mappings: flags.mappings },
      tls: flags.tls,
      trustedProxies: flags.trustedProxies,
      clock: systemClock,
      log: pinoLog(log),
      access:
        file &&
        createAccessLog({ write: file.write, share: flags.accessLogShare, now: () => systemClock.now() }),
      randomHex: (bytes) => randomBytes(bytes).toString('hex'),
      pid: process.pid,
      releaseHeader: flags.releaseHeader,
      limits: flags.bodyBytesMax === undefined ? {} : { clientBodyBytesMax: flags.bodyBytesMax },
    })
    const stop = () => {
      router.stop().then(
        () => {
          file?.close()
          process.exit(0)
        },
        (error: unknown) => {
          log.error({ error: String(error) }, 'the router did not stop cleanly')
          process.exit(1)
        },
      )
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
    keepCompiled()
    console.log(`router ready on ${router.ports.map((port) => `http://${flags.host}:${port}`).join(' ')}`)
  } catch (error) {
    console.error(`sluice router: ${error instanceof Error ? error.message : String(error)}`)
    // Such as a port that another program has: a person must mend it, and is told by the keeper.
    process.exit(78)
  }
}

/** Undefined when help or a usage error was answered. */
function readFlags(): Flags | undefined {
  try {
    const { values } = parseArgs({
      options: {
        state: { type: 'string' },
        port: { type: 'string', default: '8080' },
        host: { type: 'string', default: '127.0.0.1' },
        suffix: { type: 'string', default: 'localhost' },
        map: { type: 'string', multiple: true, default: [] },
        'trust-forwarded': { type: 'boolean', default: false },
        'trusted-proxy': { type: 'string', multiple: true, default: [] },
        'log-level': { type: 'string', default: 'info' },
        'tls-port': { type: 'string', multiple: true, default: [] },
        certificates: { type: 'string' },
        'access-log': { type: 'string' },
        'access-log-share': { type: 'string', default: '1' },
        'no-release-header': { type: 'boolean', default: false },
        'body-bytes-max': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      return undefined
    }
    if (values.state === undefined) throw new Error('--state is missing: the folder where plans are kept')
    const mappings = values.map.map(readMapping)
    const mappedPorts = mappings.flatMap(({ address }) => (address.startsWith(':') ? [address.slice(1)] : []))
    return {
      stateDir: resolve(values.state),
      host: values.host,
      ports: [...new Set([values.port, ...mappedPorts].map(readPort))],
      suffix: values.suffix.toLowerCase().replace(/^\.|\.$/g, ''),
      mappings,
      trustedProxies: values['trust-forwarded'] ? ['0.0.0.0/0', '::/0'] : values['trusted-proxy'],
      logLevel: values['log-level'],
      tls: readTls(values['tls-port'], values.certificates),
      accessLog: values['access-log'],
      accessLogShare: readShare(values['access-log-share']),
      releaseHeader: !values['no-release-header'],
      bodyBytesMax: values['body-bytes-max'] === undefined ? undefined : readBytes(values['body-bytes-max']),
    }
  } catch (error) {
    console.error(`sluice router: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    process.exitCode = 64
    return undefined
  }
}

function readMapping(text: string): AddressMapping {
  const parts = /^(:\d+|[\w.-]+)=([a-z0-9-]+)(?:\/([a-z0-9-]+))?$/.exec(text)
  if (parts === null) throw new Error(`--map ${text} is not ADDRESS=SERVICE or ADDRESS=SERVICE/STAGE`)
  const [, address = '', service = '', stage] = parts
  return { address: address.toLowerCase(), service, stage: stage ?? null }
}

function readTls(ports: readonly string[], certificates: string | undefined): Flags['tls'] {
  if (ports.length === 0 && certificates === undefined) return undefined
  if (ports.length === 0 || certificates === undefined) {
    throw new Error('--tls-port and --certificates go together')
  }
  return { ports: ports.map(readPort), certificates: resolve(certificates) }
}

function readShare(text: string): number {
  const share = Number(text)
  if (text === '' || !(share >= 0 && share <= 1))
    throw new Error(`--access-log-share ${text} is not between 0 and 1`)
  return share
}

function readBytes(text: string): number {
  const bytes = Number(text)
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new Error(`--body-bytes-max ${text} is no number of bytes`)
  return bytes
}

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${text} is not a port`)
  return port
}

const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((done) => {
      if (signal?.aborted) {
        done()
        return
      }
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        done()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end, { once: true })
    }),
}

function pinoLog(log: pino.Logger) {
  return {
    debug: (fields: Record<string, unknown>, sentence: string) => log.debug(fields, sentence),
    info: (fields: Record<string, unknown>, sentence: string) => log.info(fields, sentence),
    warn: (fields: Record<string, unknown>, sentence: string) => log.warn(fields, sentence),
    error: (fields: Record<string, unknown>, sentence: string) => log.error(fields, sentence),
  }
}

await main()
