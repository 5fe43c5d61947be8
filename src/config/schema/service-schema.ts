// What people write about one service: where it comes from, how it is built and run, the way it takes.
import { z } from 'zod'
import { stageSchema } from './stage-schema.ts'
import type { RuleAttribute } from '../../domain/traffic/route-rule.ts'
import { ATTRIBUTE_PATTERN, ATTRIBUTE_WORDS, parseAttribute } from '../words/attribute.ts'
import {
  commandSchema,
  durationSchema,
  envSchema,
  innerPathSchema,
  nameSchema,
  urlPathSchema,
  variableName,
} from './text-schemas.ts'

const source = z
  .strictObject(
    {
      git: z
        .string('must be a repository: a folder or a URL')
        .regex(/\S/, 'is empty; write a folder or a URL')
        .regex(/^[^~]/, 'starts with `~`, which only a shell understands; write the path in full')
        .optional()
        .meta({ description: 'The repository: a URL, or a folder seen from the config file.', default: '.' }),
      branch: z
        .string('must be the name of a branch')
        .regex(/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/, {
          error: ({ input }) => `${JSON.stringify(input)} cannot be the name of a branch`,
        })
        .optional()
        .meta({ description: 'The branch whose merged changes are taken to customers.', default: 'main' }),
      folder: innerPathSchema()
        .optional()
        .meta({
          description:
            'The folder of this service in a repository that several share: only what touches it makes a release, the build runs in it, and `output` is seen from it.',
          examples: ['apps/shop/api'],
        }),
      paths: z
        .array(
          z
            .string('must be a path or a pattern')
            .regex(
              /^!?[^/!:\\][^\\]*$/,
              'is not a path inside the repository, such as `libs/money` or `libs/**/*.ts`',
            )
            .refine((path) => !path.split('/').includes('..'), 'leads out of the repository'),
          'must be a list of paths',
        )
        .min(1, 'has no paths; leave it out for all of them')
        .optional()
        .meta({
          description:
            'Only commits that touch one of these make a release; those between go along with the next one. A folder, or a pattern; `!docs/**` leaves out. Default: `folder`, or everything.',
          examples: [['apps/shop/api', 'libs', '!**/*.md']],
        }),
      poll: durationSchema({ minMs: 1_000 }).optional().meta({
        description: 'How often to look for changes. Default: 2s for a folder, 30s for a URL.',
      }),
    },
    "must be { git: '.', branch: 'main' }",
  )
  .meta({ description: 'Where changes come from.' })

const build = z
  .union(
    [
      commandSchema(),
      z.literal(false),
      z.strictObject({
        command: commandSchema()
          .optional()
          .meta({
            description:
              'The command that builds, run in a fresh checkout. Default: none, the checkout is taken as it is.',
            examples: ['npm ci && npm run build'],
          }),
        elsewhere: z.literal(true, 'must be true; leave it out where Sluice builds').optional().meta({
          description:
            "Your own CI builds it and adds it with `sluice artifact add`; Sluice runs nothing. `limit` is how long it waits for that after the merge. `build: 'elsewhere'` is the same in short.",
        }),
        output: innerPathSchema().optional().meta({
          description: 'Folder of the checkout that becomes the artifact.',
          default: '.',
        }),
        limit: durationSchema({ minMs: 1_000 }).optional().meta({
          description: 'How long a build may take.',
          default: '30m',
        }),
        env: envSchema().optional().meta({ description: 'Variables for the build.', default: {} }),
      }),
    ],
    "must be a command, { command, output }, 'elsewhere', or false for nothing to build",
  )
  .meta({
    description:
      'How a change becomes an artifact. A command by itself is enough; `elsewhere` where your own CI builds it. Default: the checkout as it is.',
  })

const health = z
  .union(
    [
      urlPathSchema(),
      z.strictObject({
        path: urlPathSchema()
          .optional()
          .meta({
            description:
              'Path that answers with a 2xx status when the instance is well. Default: an open port is enough.',
            examples: ['/healthz'],
          }),
        wait: durationSchema({ minMs: 1_000 }).optional().meta({
          description: 'How long an instance may take until it is well for the first time.',
          default: '2m',
        }),
      }),
    ],
    "must be a path, such as '/healthz', or { path, wait }",
  )
  .meta({
    description: 'How to tell that an instance is well. A path by itself is enough. Default: an open port.',
  })

const protocol = () =>
  z.enum(['http', 'h2c'], "must be 'http' or 'h2c'").optional().meta({
    description:
      'What an instance speaks on its port: `http` is HTTP/1.1; `h2c` is HTTP/2 in clear text and nothing else, as servers of gRPC do.',
    default: 'http',
  })

const userKey = z
  .strictObject(
    {
      cookie: z
        .string('must be the name of a cookie')
        .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is not the name of a cookie')
        .optional()
        .meta({ description: 'Name of a cookie that says who the user is.' }),
      header: z
        .string('must be the name of a header')
        .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is not the name of a header')
        .optional()
        .meta({ description: 'Name of a request header that says who the user is.' }),
    },
    "must be { cookie: 'name' } or { header: 'name' }",
  )
  .meta({
    description:
      'Where the router finds the user, who then stays with one version. Default: a cookie of the router itself.',
  })

const customerKey = userKey.meta({
  description:
    'Where the router finds the customer, for routes such as `sluice route add --customer acme`. Default: the customer is the user.',
})

const concurrency = () =>
  z
    .union(
      [
        z.int('must be a whole number, such as 50').min(1, 'must be at least 1'),
        z.strictObject({
          perInstance: z
            .int('must be a whole number, such as 50')
            .min(1, 'must be at least 1')
            .meta({
              description:
                'How many requests an instance is given at once; a stream counts as long as it is open.',
              examples: [50],
            }),
          waiting: z
            .int('must be a whole number, such as 200')
            .min(0, 'must not be negative')
            .optional()
            .meta({
              description:
                'How many requests may wait for room, for each release; others are answered with 503.',
              default: 100,
            }),
          wait: durationSchema().optional().meta({
            description: 'How long one waits before it is answered with 503.',
            default: '5s',
          }),
        }),
      ],
      'must be a whole number, such as 50, or { perInstance, waiting, wait }',
    )
    .optional()
    .meta({
      description:
        'How many requests an instance is given at once. The router keeps what is too much in a queue, and answers 503 with Retry-After beyond it. Default: any number.',
    })

const tokens = z
  .strictObject(
    {
      keys: z
        .string('must be an address')
        .regex(
          /^(https:\/\/[^\s/]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(\/\S*)?$/,
          'must be an address with https, or of this machine',
        )
        .meta({
          description: 'Address of the keys that tokens are signed with (JWKS).',
          examples: ['https://login.example.com/.well-known/jwks.json'],
        }),
      issuer: z
        .string('must be a text')
        .optional()
        .meta({
          description:
            'Whom a token must name as its issuer (`iss`). Default: anybody who has one of the keys.',
          examples: ['https://login.example.com/'],
        }),
      audience: z
        .string('must be a text')
        .optional()
        .meta({
          description: 'For whom a token must be made (`aud`). Default: anybody.',
          examples: ['shop'],
        }),
      cookie: z
        .string('must be the name of a cookie')
        .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is not the name of a cookie')
        .optional()
        .meta({
          description:
            'Name of the cookie that holds the token. Default: the header `Authorization: Bearer`.',
        }),
    },
    "must be { keys: 'https://login.example.com/.well-known/jwks.json' }",
  )
  .meta({
    description:
      'Whose tokens (JWT) are believed, for routes such as `sluice route add --when claim:plan=free`. Where the keys cannot be fetched, the last good ones are used.',
  })

const DIMENSIONS_MAX = 6

/** Gives the attribute. */
const attribute = z
  .string(`must be ${ATTRIBUTE_WORDS}`)
  .meta({ pattern: ATTRIBUTE_PATTERN })
  .transform((written, context): RuleAttribute => {
    const found = parseAttribute(written)
    if (found !== null) return found
    context.addIssue({ code: 'custom', message: `${JSON.stringify(written)} is not ${ATTRIBUTE_WORDS}` })
    return z.NEVER
  })

const measureBy = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/, 'is not a name: lower-case letters, digits and dashes, such as plan')
      .regex(/^(?!(release|track|value)$)/, 'is measured anyhow; call yours something else'),
    attribute,
    "must be names and places, such as { plan: 'lookup:customers.plan' }",
  )
  .refine((all) => Object.keys(all).length <= DIMENSIONS_MAX, `has more than ${DIMENSIONS_MAX} names`)
  .meta({
    description:
      'What each version is measured apart by, beside release and track, for `sluice metrics --by release,plan`: a name, and where it is found in a request. Default: the customer, where there is a customerKey.',
    examples: [{ plan: 'lookup:customers.plan', project: 'header:x-project' }],
  })

const metricsPath = () =>
  urlPathSchema()
    .optional()
    .meta({
      description:
        'Path on which each instance tells its metrics, as text for Prometheus or OpenMetrics. Asked with every tick for what `alarms` name. Default: they tell none.',
      examples: ['/metrics'],
    })

const run = z
  .union(
    [
      commandSchema(),
      z.strictObject({
        command: commandSchema().meta({
          description: 'The command that starts one instance. It must listen on the port in `PORT`.',
          examples: ['node server.js'],
        }),
        health: health.optional(),
        protocol: protocol(),
        userKey: userKey.optional(),
        customerKey: customerKey.optional(),
        tokens: tokens.optional(),
        concurrency: concurrency(),
        measureBy: measureBy.optional(),
        metrics: metricsPath(),
        env: envSchema()
          .optional()
          .meta({ description: 'Variables for the instances of every stage.', default: {} }),
        needs: z.array(variableName(), 'must be a list of variables').optional().meta({
          description:
            'Variables that it cannot do without. Where a stage lacks one, the release waits; one that is needed cannot be taken away.',
          default: [],
        }),
        term: durationSchema().optional().meta({
          description: 'How long an instance has between SIGTERM and SIGKILL.',
          default: '10s',
        }),
      }),
    ],
    'must be a command, or { command, health }',
  )
  .meta({ description: 'How one instance is started. A command by itself is enough.' })

const lineTexts = () =>
  z.union(
    [
      z.string('must be a text').regex(/\S/, 'is empty; write what stands in such a line'),
      z
        .array(z.string('must be a text').regex(/\S/, 'is empty; write what stands in such a line'))
        .min(1, 'has no texts; leave `jobs` out'),
    ],
    'must be a text that stands in such a line, or a list of them',
  )

const oneProcess = z
  .union(
    [
      commandSchema(),
      z.strictObject({
        command: commandSchema().meta({
          description:
            'The command that starts one instance. `web` is given a port in `PORT`, the others none.',
          examples: ['node worker.js'],
        }),
        health: health.optional(),
        protocol: protocol(),
        userKey: userKey.optional(),
        customerKey: customerKey.optional(),
        tokens: tokens.optional(),
        concurrency: concurrency(),
        metrics: metricsPath(),
        needs: z.array(variableName(), 'must be a list of variables').optional().meta({
          description: 'Of `web`: variables that it cannot do without.',
          default: [],
        }),
        steady: durationSchema({ minMs: 100 }).optional().meta({
          description: 'Of the others: well once it has run for so long, and until it ends.',
          default: '5s',
        }),
        jobs: z
          .strictObject(
            {
              done: lineTexts().meta({ description: 'Text of a line that tells of a job done.' }),
              failed: lineTexts().meta({ description: 'Text of a line that tells of a job that failed.' }),
            },
            "must be { done: 'a text', failed: 'a text' }",
          )
          .optional()
          .meta({
            description:
              'Of the others: which lines of its output tell of one job. Jobs are then judged as requests are. Default: crashes, restarts and error lines alone.',
            examples: [{ done: 'job done', failed: 'job failed' }],
          }),
        env: envSchema()
          .optional()
          .meta({ description: 'Variables for the instances of this process.', default: {} }),
        term: durationSchema().optional().meta({
          description: 'How long an instance has between SIGTERM and SIGKILL.',
          default: '10s',
        }),
      }),
    ],
    'must be a command, or { command, … }',
  )
  .meta({ description: 'How one process is started. A command by itself is enough.' })

const processes = z
  .record(
    nameSchema('process'),
    oneProcess,
    "must be processes by their names, such as { web: 'node server.js', worker: 'node worker.js' }",
  )
  .refine((all) => Object.keys(all).length > 0, 'has no process; write at least one')
  .meta({
    description:
      'Several processes of one release, by name, instead of `run`. Only `web` has a port, and it may be missing. They enter and leave a stage together.',
    examples: [{ web: 'node server.js', worker: 'node worker.js' }],
  })

const releaseCommand = z
  .union(
    [
      commandSchema(),
      z.strictObject({
        command: commandSchema().meta({ description: 'The command.', examples: ['npm run migrate'] }),
        limit: durationSchema({ minMs: 1_000 }).optional().meta({
          description: 'How long it may take before it counts as failed.',
          default: '10m',
        }),
      }),
    ],
    'must be a command, or { command, limit }',
  )
  .meta({
    description:
      'Runs once per rollout, before its first instance, with the variables and secrets of the stage: a migration, mostly. Where it fails the rollout does not begin. It does not run when a stage goes back.',
    examples: ['npm run migrate'],
  })

export const serviceSchema = z.strictObject(
  {
    source: source.optional(),
    build: build.optional(),
    run: run.optional(),
    processes: processes.optional(),
    release: releaseCommand.optional(),
    pipeline: z
      .array(stageSchema, "must be a list of stages, such as [{ stage: 'staging' }, { stage: 'production' }]")
      .min(1, "has no stages; write at least [{ stage: 'production' }]")
      .meta({ description: 'The stages a release goes through, in order.' }),
  },
  'must be a service: { build, run, pipeline }',
)

export type WrittenService = z.output<typeof serviceSchema>
