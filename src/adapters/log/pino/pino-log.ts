// The log as JSON lines. Fields whose names promise a secret never show their value.
import { destination as fileDestination, pino, stdSerializers, stdTimeFunctions } from 'pino'
import type { DestinationStream } from 'pino'
import type { Log } from '../../../ports/log.ts'

const SECRET_NAMES = ['authorization', 'cookie', 'token', 'secret', 'password', 'set-cookie', 'apiKey']

export type PinoLogOptions = {
  /** Lines below it are not written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Standard error when left out. Lines are written at once: the last words before a crash matter most. */
  readonly destination?: DestinationStream
  /** Said in each line, for example which of our processes speaks. */
  readonly base?: Readonly<Record<string, unknown>>
}

export function createPinoLog(options: PinoLogOptions): Log {
  const log = pino(
    {
      level: options.level,
      base: { ...options.base },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: {
        error: (error: unknown) => (error instanceof Error ? stdSerializers.errWithCause(error) : error),
      },
      redact: {
        paths: SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: '[not shown]',
      },
    },
    options.destination ?? fileDestination({ dest: 2, sync: true }),
  )
  return {
    debug: (fields, sentence) => log.debug(fields, sentence),
    info: (fields, sentence) => log.info(fields, sentence),
    warn: (fields, sentence) => log.warn(fields, sentence),
    error: (fields, sentence) => log.error(fields, sentence),
  }
}
