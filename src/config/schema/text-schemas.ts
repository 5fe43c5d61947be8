// The small words that config keys share: each takes what a person writes and gives what the rules read.
import { z } from 'zod'
import { DURATION_MS_MAX, parseDuration, writeDuration } from '../words/duration.ts'

/** Names become parts of host names (`staging.shop.localhost`) and of file names. */
const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** True for what a service or a stage may be called. */
export function isName(text: string): boolean {
  return NAME.test(text)
}

export function nameSchema(what: string) {
  return z.string(`must be the name of a ${what}`).regex(NAME, {
    error: ({ input }) =>
      `${JSON.stringify(input)} cannot be the name of a ${what}: up to 40 lower-case letters, digits and dashes, a letter first`,
  })
}

/** `payments`, or `payments/live`. */
export function watchedSchema() {
  return z
    .string('must be the name of a service')
    .regex(/^[a-z][a-z0-9-]{0,39}(?:\/[a-z][a-z0-9-]{0,39})?$/, {
      error: ({ input }) =>
        `${JSON.stringify(input)} cannot be a service, nor one and its stage, such as payments, or payments/live`,
    })
}

const DURATION_WORDS = "a duration with its unit, such as '90s', '10m', '1h30m' or '2d'"

/** A span; `0` may be written as a number, everything else needs its unit. Gives milliseconds. */
export function durationSchema(options: { readonly minMs?: number } = {}) {
  const minMs = options.minMs ?? 0
  return z
    .union(
      [z.string().meta({ pattern: '^(0|(?=\\d)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?)$' }), z.literal(0)],
      {
        error: ({ input }) =>
          typeof input === 'number'
            ? `${input} has no unit; write ${suggestUnit(input)}`
            : `must be ${DURATION_WORDS}`,
      },
    )
    .transform((written, context): number => {
      const ms = written === 0 ? 0 : parseDuration(written)
      if (ms !== null && ms >= minMs) return ms
      context.addIssue({
        code: 'custom',
        message:
          ms === null
            ? `${JSON.stringify(written)} is not ${DURATION_WORDS}, of at most ${writeDuration(DURATION_MS_MAX)}`
            : `must be at least ${writeDuration(minMs)}`,
      })
      return z.NEVER
    })
    .meta({ title: 'duration' })
}

function suggestUnit(count: number): string {
  return Number.isInteger(count) && count > 0
    ? `'${count}s' for seconds or '${count}m' for minutes`
    : DURATION_WORDS
}

/** Variables a process is given; secrets have their own place and do not belong here. */
export function envSchema() {
  return z.record(
    variableName(),
    z.string("must be a text; put it in quotes, so that '1.10' does not become 1.1"),
    'must be variables and their values',
  )
}

/** A name that people may give a variable. */
export function variableName() {
  return z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
      error: ({ input }) =>
        `${JSON.stringify(input)} cannot be a variable: letters, digits and underscores only`,
    })
    .refine((name) => name !== 'PORT' && !name.startsWith('SLUICE_'), {
      error: ({ input }) => `\`${String(input)}\` is given by Sluice itself; take it out`,
    })
}

/** A folder inside the checkout; never one outside of it. */
export function innerPathSchema() {
  return z.string('must be a folder inside the checkout').refine(isInnerPath, {
    error: ({ input }) => `${JSON.stringify(input)} leads out of the checkout; name a folder inside it`,
  })
}

function isInnerPath(path: string): boolean {
  const parts = path.split(/[\\/]/)
  return path !== '' && !/^([\\/]|[A-Za-z]:)/.test(path) && !parts.includes('..')
}

/** The path of a request, such as `/healthz`. */
export function urlPathSchema() {
  return z.string("must be a path, such as '/healthz'").regex(/^\/[^\s#]*$/, {
    error: ({ input }) =>
      `${JSON.stringify(input)} is not a path; write it from the slash on, such as '/healthz'`,
  })
}

export function commandSchema() {
  return z
    .string('must be a command, as you would type it')
    .regex(/\S/, 'is empty; write a command, as you would type it')
}
