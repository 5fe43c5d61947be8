// What people write about one stage of a pipeline.
import { z } from 'zod'
import { isDate, isZone, parseDays, parseHours } from '../words/calendar.ts'
import { isRolloutWord } from '../words/rollout.ts'
import { WATCHES_MAX } from '../../domain/analysis/neighbours/neighbour.ts'
import { alarmsSchema } from './alarm-schema.ts'
import { analysisSchema } from './analysis-schema.ts'
import {
  commandSchema,
  durationSchema,
  envSchema,
  nameSchema,
  urlPathSchema,
  watchedSchema,
} from './text-schemas.ts'

const bakeObject = z.strictObject({
  for: durationSchema().optional().meta({
    description: 'How long a change must be watched here before it may go on.',
    default: '1h',
  }),
  requests: z.int('must be a whole number of requests').min(0, 'must not be negative').optional().meta({
    description:
      'How many requests it must have answered; fewer make the verdict inconclusive. Default: 100, with `traffic: none` 0.',
  }),
  own: durationSchema().optional().meta({
    description:
      'How long a release must serve by itself to go on alone; with less, its changes go on inside the next. Default: a tenth of `for`, at most 10m.',
  }),
  atLeast: durationSchema().optional().meta({
    description:
      'From this time on the bake may be over early, as soon as it is shown that errors are not doubled and the slowest hundredth is not half as slow again. Needs the sequential judge. Left out: never early.',
  }),
})

const bake = z
  .union([bakeObject, durationSchema(), z.literal(false)], "must be { for: '1h' }, a duration, or false")
  .meta({
    description:
      'The time and traffic a change must survive here, judged, before it may go on. `false` or 0 for none. Default: 1h and 100 requests on every stage but the last, none on the last.',
  })

const window = z
  .strictObject(
    {
      days: z
        .string("must be days, such as 'mon-fri' or 'mon,wed'")
        .optional()
        .transform((text, context) =>
          read(text ?? 'mon-fri', parseDays, "days, such as 'mon-fri' or 'mon,wed'", context),
        )
        .meta({
          description: 'Weekdays on which the gate may open, such as `mon-fri` or `mon,wed`.',
          default: 'mon-fri',
        }),
      hours: z
        .string("must be hours, such as '09:00-18:00'")
        .optional()
        .transform((text, context) =>
          read(text ?? '09:00-18:00', parseHours, "hours of one day, such as '09:00-18:00'", context),
        )
        .meta({
          description: 'Hours in which the gate may open; the end is exclusive.',
          default: '09:00-18:00',
        }),
      zone: z
        .string("must name a time zone, such as 'Europe/Berlin'")
        .refine(isZone, {
          error: ({ input }) => `${JSON.stringify(input)} is not a time zone of the IANA list`,
        })
        .meta({
          description: 'Time zone that days and hours are meant in, by its IANA name.',
          examples: ['America/New_York'],
        }),
      except: z
        .array(
          z.string("must be a day, such as '2026-12-24'").refine(isDate, {
            error: ({ input }) => `${JSON.stringify(input)} is not a day; write it as '2026-12-24'`,
          }),
          'must be a list of days',
        )
        .optional()
        .meta({ description: 'Days on which it stays closed.', default: [], examples: [['2026-12-24']] }),
    },
    'must be { days, hours, zone }',
  )
  .meta({
    description:
      'Hours in which releases may enter this stage. Outside of them they wait. Default: always open.',
  })

function read<T>(
  text: string,
  parse: (text: string) => T | null,
  what: string,
  context: z.core.$RefinementCtx<string | undefined>,
): T {
  const value = parse(text)
  if (value !== null) return value
  context.issues.push({ code: 'custom', message: `${JSON.stringify(text)} is not ${what}`, input: text })
  return z.NEVER
}

const rolloutWord = z
  .string("must be a step, such as 'one-box' or '25%'")
  .refine(isRolloutWord, {
    error: ({ input }) => `${JSON.stringify(input)} is not a step of a rollout`,
  })
  .meta({
    description:
      'A step: `one-box`, a whole percent such as `25%`, `10%-at-a-time`, `blue-green`, `rolling`, `replace` or `all-at-once`.',
  })

const rolloutStep = z.union(
  [
    rolloutWord,
    z.strictObject({
      step: rolloutWord,
      soak: durationSchema().optional().meta({
        description:
          'How long to watch after this step. Default: 10m after `one-box`, 2m after others, 0 where it is all at once.',
      }),
      confirm: z.boolean('must be true or false').optional().meta({
        description:
          'After this step the rollout waits until somebody says `sluice confirm`. Default: it goes on by itself.',
      }),
    }),
  ],
  "must be a step, such as 'one-box' or { step: '25%', soak: '2m' }",
)

const rollout = z
  .union(
    [rolloutStep, z.array(rolloutStep).min(1, 'has no steps; leave it out for the default')],
    'must be a step or a list of steps',
  )
  .meta({
    description:
      'The steps over which a release takes this stage; they grow and end at 100%. Default: `all-at-once`; on the last stage `one-box`, `25%`, `50%` and all.',
    examples: [['one-box', '10%-at-a-time']],
  })

const person = z.string('must be a name').regex(/\S/, 'is empty; name a person or a group')

const approve = z
  .strictObject(
    {
      by: z
        .union([person, z.array(person).min(1, 'names nobody; leave it out for anybody')], 'must be names')
        .optional()
        .meta({
          description: 'Who may approve: people, or groups of `people`. Default: anybody.',
          examples: [['leads']],
        }),
      n: z
        .int('must be a whole number of people')
        .min(1, 'must be at least 1')
        .max(20, 'must be at most 20')
        .optional()
        .meta({ description: 'How many of them must approve.', default: 1 }),
      own: z.boolean('must be true or false').optional().meta({
        description: 'Whether people may approve changes they wrote themselves.',
        default: true,
      }),
    },
    "must be { by: ['leads'], n: 1 }",
  )
  .meta({ description: 'Who must say yes before a release enters this stage. Default: nobody.' })

const check = z.strictObject(
  {
    check: z
      .string('must be the name of the check')
      .regex(/\S/, 'is empty; give the check a name')
      .optional()
      .meta({ description: 'What the check is called. Default: its command or path.' }),
    command: commandSchema().optional().meta({
      description:
        'A command that passes with exit code 0. `SLUICE_URL` leads to the candidate and nothing else.',
    }),
    http: urlPathSchema()
      .optional()
      .meta({ description: 'A path that is asked for with GET, instead of a command.' }),
    status: z
      .int('must be a status, such as 200')
      .min(100, 'must be a status from 100 to 599')
      .max(599, 'must be a status from 100 to 599')
      .optional()
      .meta({ description: 'The status the path must answer with.', default: 200 }),
    contains: z
      .string('must be a text')
      .optional()
      .meta({ description: 'A text the answer must contain. Default: anything.' }),
    when: z.enum(['entry', 'steps'], "must be 'entry' or 'steps'").optional().meta({
      description: '`entry`: once, before any traffic. `steps`: again at each step.',
      default: 'entry',
    }),
    limit: durationSchema({ minMs: 1_000 }).optional().meta({
      description: 'How long it may take before it counts as failed.',
      default: '10m',
    }),
  },
  'must be { check, command } or { check, http }',
)

const instanceCount = () =>
  z.int('must be a whole number of instances').min(1, 'must be at least 1').max(1_000, 'must be at most 1000')

/** People write one number mostly: then what is wrong with it is said, and nothing of other ways to write it. */
function instancesError({ input }: { readonly input?: unknown }): string {
  if (typeof input !== 'number' || !Number.isInteger(input)) return 'must be a whole number of instances'
  return input < 1 ? 'must be at least 1' : 'must be at most 1000'
}

export const stageSchema = z.strictObject(
  {
    stage: nameSchema('stage').meta({
      description: 'Name of the stage and of its environment.',
      examples: ['staging'],
    }),
    instances: z
      .union(
        [
          instanceCount(),
          z
            .record(nameSchema('process'), instanceCount())
            .refine(
              (counts) => Object.keys(counts).length > 0,
              'names no process; leave it out for one of each',
            ),
        ],
        { error: instancesError },
      )
      .optional()
      .meta({
        description:
          'How many instances run here; of several processes, how many of each. A number alone is for `web`, or the first process where there is no `web`.',
        default: 1,
        examples: [10, { web: 10, worker: 4 }],
      }),
    traffic: z.enum(['expected', 'none'], "must be 'expected' or 'none'").optional().meta({
      description: '`none`: nobody sends requests here; checks, crashes, logs and time decide.',
      default: 'expected',
    }),
    bake: bake.optional(),
    window: window.optional(),
    caught: z.enum(['go-back', 'stay'], "must be 'go-back' or 'stay'").optional().meta({
      description: 'What a rollout does when its window closes on it.',
      default: 'go-back',
    }),
    rollout: rollout.optional(),
    checks: z
      .array(check, 'must be a list of checks')
      .optional()
      .meta({ description: 'What must pass here.', default: [] }),
    inconclusive: z
      .enum(['promote', 'extend', 'ask'], "must be 'promote', 'extend' or 'ask'")
      .optional()
      .meta({
        description:
          'What to do when the evidence could not have shown a regression. `promote`: go on, marked unproven. `extend`: once, to twice the time. `ask`: wait for a person. Default: `promote`, on the last stage `extend`.',
      }),
    judge: z.enum(['sequential', 'thresholds'], "must be 'sequential' or 'thresholds'").optional().meta({
      description:
        'Who says what is seen means. `sequential` compares with what the release replaces, as often as it likes. `thresholds` knows fixed limits only.',
      default: 'sequential',
    }),
    analysis: analysisSchema.optional(),
    alarms: alarmsSchema.optional(),
    watches: z
      .array(watchedSchema(), 'must be a list of services')
      .max(WATCHES_MAX, `has more than ${WATCHES_MAX} services`)
      .optional()
      .meta({
        description:
          'Other services of this server that may suffer from a release of this one: `payments`, or `payments/live` where their stage is called otherwise. Where one fails or slows down while a release comes in or bakes, that is a hold which names both.',
        default: [],
        examples: [['payments', 'db-query']],
      }),
    watch: durationSchema().optional().meta({
      description: 'How long a release is watched after it has all the traffic, with the way back kept warm.',
      default: '1h',
    }),
    drain: durationSchema().optional().meta({
      description: 'How long requests under way may go on before an instance is stopped.',
      default: '30s',
    }),
    passAfter: durationSchema().optional().meta({
      description: 'How long the head of the queue may wait for a person before the next one goes past it.',
      default: '1h',
    }),
    maintenance: z
      .string('must be a text')
      .min(1, 'is empty; write what people are told')
      .max(1_000, 'is longer than 1000 letters')
      .optional()
      .meta({
        description:
          'Closes the address of the stage: everybody is told this, with 503, until it is taken out again. Checks and the addresses of releases stay open. Default: it is open.',
        examples: ['We are back at 14:00.'],
      }),
    mirror: z
      .strictObject(
        {
          to: nameSchema('stage').meta({ description: 'An earlier stage of the pipeline.' }),
          percent: z
            .number('must be a percent, such as 10')
            .gt(0, 'must be more than 0')
            .max(100, 'must be at most 100')
            .meta({ description: 'Share of the requests that are copied.', examples: [10] }),
        },
        "must be { to: 'staging', percent: 10 }",
      )
      .optional()
      .meta({
        description:
          'Gives an earlier stage copies of requests that only read (GET, HEAD, OPTIONS). Nobody waits for them, and their answers go nowhere; they count as requests of that stage.',
      }),
    queue: z.enum(['each', 'latest'], "must be 'each' or 'latest'").optional().meta({
      description:
        'Which waiting release goes next. `each`: one at a time, in order. `latest`: the newest that may, with all that is older in it.',
      default: 'each',
    }),
    ahead: z
      .int('must be a whole number of changes')
      .min(1, 'must be at least 1')
      .max(1_000, 'must be at most 1000')
      .optional()
      .meta({
        description:
          'How many changes this stage may be before the next one; then nothing enters until the next has taken one, but what reverts or fixes something in it. Default: any number.',
        examples: [2],
      }),
    approve: approve.optional(),
    promote: z.literal('by-hand', "must be 'by-hand', or left out").optional().meta({
      description: '`by-hand`: a release enters only when somebody says so with `sluice promote`.',
    }),
    env: envSchema().optional().meta({
      description: 'Variables for the instances of this stage; they win over those of `run.env`.',
      default: {},
    }),
    like: nameSchema('stage')
      .optional()
      .meta({
        description:
          'Another stage that this one is to be as: whether it replaces itself, checks, traffic, judge, drain and every variable. What differs without being declared is refused.',
        examples: ['production'],
      }),
    differs: z
      .array(
        z.string('must be what differs').regex(/\S/, 'is empty; write what differs, such as env.API_URL'),
        'must be a list, such as [env.API_URL, checks]',
      )
      .optional()
      .meta({
        description: 'In what it may differ from the stage it is `like`.',
        default: [],
        examples: [['env.API_URL', 'checks']],
      }),
    renamedFrom: nameSchema('stage').optional().meta({
      description: 'What this stage was called before, so that what it runs and its locks come along.',
    }),
  },
  "must be a stage, such as { stage: 'production' }",
)

export type WrittenStage = z.output<typeof stageSchema>
