// The program's own log: one JSON object a line, a fixed sentence and fields.
import pino from 'pino'
import type { Log } from '../../../ports/log.ts'

/** Nothing secret is logged by us; these are named all the same, should one ever be passed along. */
const REDACTED = [
  'token',
  'secret',
  'password',
  'authorization',
  'cookie',
  '*.token',
  '*.secret',
  '*.password',
  '*.authorization',
]

export function createPinoLog(options: {
  readonly part: string
  readonly level?: string
  readonly fd?: number
}): Log {
  const log = pino(
    {
      level: options.level ?? 'info',
      base: { part: options.part, pid: process.pid },
      redact: REDACTED,
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ fd: options.fd ?? 2, sync: false }),
  )
  return {
    debug: (fields, sentence) => log.debug(fields, sentence),
    info: (fields, sentence) => log.info(fields, sentence),
    warn: (fields, sentence) => log.warn(fields, sentence),
    error: (fields, sentence) => log.error(fields, sentence),
  }
}
