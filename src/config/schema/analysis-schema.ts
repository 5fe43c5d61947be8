// What people write about a source outside that a stage is measured by.
import { z } from 'zod'
import { durationSchema, variableName } from './text-schemas.ts'

const secret = (what: string) =>
  z
    .strictObject(
      {
        secret: variableName().meta({
          description:
            'Name of the secret, as in `sluice secret set STAGE NAME`. Instances are not given it.',
        }),
      },
      "must name a secret: { secret: 'NAME' }",
    )
    .meta({ description: what })

const address = () =>
  z.url({ protocol: /^https?$/, error: 'must be a URL that starts with https:// or http://' })

const prometheus = z
  .strictObject(
    {
      url: address().meta({
        description: 'Where it answers, with the path before `/api/v1` if there is one.',
        examples: ['http://prometheus.internal:9090'],
      }),
      token: secret('Secret that holds its bearer token. Default: it asks for none.').optional(),
    },
    "must be { url: 'http://prometheus.internal:9090' }",
  )
  .meta({ description: 'A Prometheus server, or what answers as one does.' })

const datadog = z
  .strictObject(
    {
      site: z
        .string('must be a site, such as datadoghq.eu')
        .regex(
          /^[a-z0-9.-]+\.[a-z]+$/,
          'is not a site, such as datadoghq.com, datadoghq.eu or us5.datadoghq.com',
        )
        .optional()
        .meta({ description: 'Its site. Default: datadoghq.com.' }),
      url: address()
        .optional()
        .meta({ description: 'Where its API answers. Default: `https://api.` and the site.' }),
      apiKey: secret('Secret that holds the API key.'),
      applicationKey: secret('Secret that holds the application key; it needs `timeseries_query`.'),
    },
    "must be { apiKey: { secret: 'DD_API_KEY' }, applicationKey: { secret: 'DD_APP_KEY' } }",
  )
  .meta({ description: 'Datadog, by its metrics query API.' })

const series = (what: string) => z.string(`must be ${what}`).regex(/\S/, `is empty; write ${what}`)

export const analysisSchema = z
  .strictObject(
    {
      prometheus: prometheus.optional(),
      datadog: datadog.optional(),
      every: durationSchema({ minMs: 500 }).optional().meta({
        description:
          'How often it has something new: the scrape interval. It is asked so often, and what is older than three times that is missing. Default: 15s, of Datadog 30s.',
      }),
      version: series('the name of a label')
        .regex(/^[a-zA-Z_][a-zA-Z0-9_.-]*$/, 'is not the name of a label')
        .optional()
        .meta({
          description:
            'Label, or tag, whose value says which release counted: its number (`SLUICE_RELEASE`), or how its commit begins (`SLUICE_SHA`). Default: version.',
        }),
      requests: series('a counter, such as http_requests_total{service="shop"}')
        .optional()
        .meta({
          description:
            'Counter of requests, of all versions; of Datadog a metric with its filter. With `errors`: the judge counts these, and not what the router saw. Default: the router counts.',
          examples: ['http_requests_total{service="shop"}'],
        }),
      errors: series('a counter of those that failed')
        .optional()
        .meta({
          description: 'Counter of those that failed.',
          examples: ['http_requests_total{service="shop",code=~"5.."}'],
        }),
      latency: series('the buckets of a histogram')
        .optional()
        .meta({
          description:
            'Buckets of a histogram of durations, of Prometheus only; in seconds, or in milliseconds where its name says `_ms_` or `_milliseconds_`. Default: latency is not judged.',
          examples: ['http_request_duration_seconds_bucket{service="shop"}'],
        }),
    },
    "must be { prometheus: { url: 'http://prometheus.internal:9090' } }",
  )
  .meta({
    description:
      'A source outside, beside what Sluice counts itself: for `query` of alarms, and with `requests` and `errors` for what the judge counts. What it does not tell is missing and holds; it is never zero.',
  })

export type WrittenAnalysis = z.output<typeof analysisSchema>
