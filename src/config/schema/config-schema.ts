// One schema for `sluice.config.ts`, `.js` and `sluice.yaml`. Every key has a description; the JSON Schema and the
// reference page are made from it. Unknown keys are errors.
import { z } from 'zod'
import { limitsSchema, sizeSchema } from './limits-schema.ts'
import { serviceSchema } from './service-schema.ts'
import { durationSchema, nameSchema } from './text-schemas.ts'

const port = () =>
  z
    .int('must be a port, a whole number')
    .min(1, 'must be a port from 1 to 65535')
    .max(65_535, 'must be a port from 1 to 65535')

const listen = z
  .strictObject(
    {
      host: z
        .string('must be an address')
        .regex(/^[\w.:-]+$/, 'is not an address')
        .optional()
        .meta({ description: 'Address the router listens on.', default: '127.0.0.1' }),
      port: port().optional().meta({ description: 'Port the router listens on.', default: 8080 }),
      suffix: z
        .string('must be the end of a host name')
        .regex(
          /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
          'is not the end of a host name, such as `localhost` or `apps.example.com`',
        )
        .optional()
        .meta({
          description: 'What the host names of services end in: `shop.localhost`, `staging.shop.localhost`.',
          default: 'localhost',
        }),
      api: port().optional().meta({
        description: 'Port of the API and the web page, on loopback.',
        default: 8088,
      }),
      tls: z
        .strictObject(
          {
            port: port().meta({ description: 'Port on which the router speaks HTTPS, HTTP/2 included.' }),
            certificates: z.string('must be a folder').regex(/\S/, 'is empty; name a folder').meta({
              description:
                'Folder of certificates, seen from the config file: `NAME.crt` (the whole chain) and `NAME.key`, in PEM. They are read again when they change.',
            }),
          },
          'must be { port, certificates }',
        )
        .optional()
        .meta({ description: 'HTTPS beside plain HTTP. Default: none.' }),
      trustedProxies: z
        .array(
          z
            .string('must be an address or a network')
            .regex(
              /^[0-9a-fA-F.:]+(\/\d{1,3})?$/,
              'is neither an address nor a network such as `10.0.0.0/8`',
            ),
          'must be a list of addresses and networks',
        )
        .optional()
        .meta({
          description: 'Proxies of your own in front of the router, whose X-Forwarded headers are believed.',
          default: [],
        }),
      accessLog: z
        .number('must be a share from 0 to 1')
        .min(0, 'must be a share from 0 to 1')
        .max(1, 'must be a share from 0 to 1')
        .optional()
        .meta({
          description:
            "Share of the requests that the router's access log tells of. Those that went wrong are always told.",
          default: 0.01,
        }),
      releaseHeader: z.boolean('must be true or false').optional().meta({
        description:
          'Whether answers tell their release, as `X-Sluice-Release`. Checks and `sluice` itself do not need it.',
        default: true,
      }),
      trafficRouter: z.enum(['built-in', 'haproxy'], "must be 'built-in' or 'haproxy'").optional().meta({
        description:
          'Who passes requests on: the router that comes with Sluice, or HAProxy (2.6 or newer, with Lua) of this machine, which Sluice starts and drives.',
        default: 'built-in',
      }),
      bodyLimit: sizeSchema()
        .optional()
        .meta({
          description: 'Largest body of a request that is taken; beyond it the answer is 413. Default: any.',
          examples: ['100MB'],
        }),
    },
    'must be { port, suffix, api, tls, trustedProxies, accessLog, releaseHeader, bodyLimit, trafficRouter }',
  )
  .meta({ description: 'Where Sluice listens.' })

const webhook = z
  .strictObject(
    {
      url: z
        .url({ protocol: /^https?$/, error: 'must be a URL that starts with https:// or http://' })
        .meta({ description: 'Where notices are sent, by POST.' }),
      secretFrom: z
        .strictObject(
          {
            env: z
              .string('must be the name of a variable')
              .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of a variable')
              .optional()
              .meta({ description: "Name of the server's variable that holds the secret." }),
            file: z
              .string('must be a file')
              .regex(/\S/, 'is empty; name a file')
              .optional()
              .meta({ description: 'File that holds the secret, seen from the config file.' }),
          },
          "must say where the secret is: { env: 'NAME' } or { file: 'path' }",
        )
        .meta({ description: 'Where the secret is that notices are signed with (Standard Webhooks).' }),
    },
    'must be { url, secretFrom }',
  )
  .meta({ description: 'A receiver of signed notices.' })

const notify = z
  .strictObject(
    {
      webhook: z
        .union([webhook, z.array(webhook)], 'must be { url, secretFrom }, or a list of them')
        .meta({ description: 'A receiver of signed notices, or a list of them.' }),
    },
    'must be { webhook: { url, secretFrom } }',
  )
  .meta({ description: 'Who is told what happens. Default: the log.' })

const backup = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        every: durationSchema({ minMs: 60_000 })
          .optional()
          .meta({ description: 'How often a backup of the store is made.', default: '1d' }),
        keep: z
          .int('must be a whole number of backups')
          .min(1, 'must be at least 1')
          .max(1_000, 'must be at most 1000')
          .optional()
          .meta({ description: 'How many of the newest are kept.', default: 7 }),
      }),
    ],
    'must be { every, keep }, or false for none',
  )
  .meta({ description: 'Backups of the store, beside it. `false`: only with `sluice backup`.' })

export const configSchema = z.strictObject(
  {
    services: z
      .record(nameSchema('service'), serviceSchema, 'must be services by their names')
      .refine((services) => Object.keys(services).length > 0, 'has no service; describe at least one')
      .meta({ description: 'What is deployed, each with its own pipeline, by name.' }),
    extends: z
      .string('must be a file')
      .regex(/\S/, 'is empty; name a file')
      .optional()
      .meta({
        description:
          'A file that this one lies over, seen from this one: what stands here wins, objects key by key, lists as a whole. It may extend another.',
        examples: ['../shared/sluice.base.yaml'],
      }),
    defaults: z
      .record(z.string(), z.unknown(), 'must be a part of a service, such as { build, pipeline }')
      .optional()
      .meta({
        description:
          'What every service begins with; what a service says itself wins, objects key by key, lists as a whole.',
        default: {},
        examples: [{ build: 'npm ci && npm run build', pipeline: [{ stage: 'production' }] }],
      }),
    listen: listen.optional(),
    notify: notify.optional(),
    backup: backup.optional(),
    people: z
      .record(
        z.string(),
        z.array(z.string('must be a name').regex(/\S/, 'is empty; name a person'), 'must be a list of names'),
        'must be groups by their names',
      )
      .optional()
      .meta({
        description: 'Groups of people, for `approve`, by name; people are named as their tokens are.',
        default: {},
        examples: [{ leads: ['anna', 'bob'] }],
      }),
    limits: limitsSchema.optional(),
  },
  'must be { services: { … } }',
)

/** What people write. */
export type ConfigInput = z.input<typeof configSchema>
/** What people wrote, read: durations are milliseconds, days are numbers. No default is filled in yet. */
export type WrittenConfig = z.output<typeof configSchema>
