// What people write about one alarm of a stage.
import { z } from 'zod'
import { ALARMS_MAX, OF_TICKS_MAX } from '../../domain/analysis/alarms/alarm.ts'
import { parseMetricName } from '../../domain/analysis/alarms/metric-name.ts'
import { OWN_METRICS } from '../../domain/analysis/alarms/own-metrics.ts'

const limit = (what: string) => z.number(`must be a number: ${what}`)

const tickCount = () =>
  z
    .int('must be a whole number of ticks')
    .min(1, 'must be at least 1')
    .max(OF_TICKS_MAX, `must be at most ${OF_TICKS_MAX}`)

const METRIC_WORDS = 'the name of a metric, such as signups_total or signups_total{result="invalid"}'

const alarm = z.strictObject(
  {
    alarm: z
      .string('must be the name of the alarm')
      .regex(/^[^"\n]{1,60}$/, 'must be a name of 1 to 60 letters, without quotes')
      .meta({ description: 'What the alarm is called.', examples: ['invalid sign-ups'] }),
    of: z
      .enum(OWN_METRICS, `must be one of ${OWN_METRICS.join(', ')}`)
      .optional()
      .meta({
        description:
          'What it is set on: something that Sluice counts itself. What is of instances is the mean of those that are ready.',
      }),
    metric: z
      .string(`must be ${METRIC_WORDS}`)
      .meta({ pattern: '^[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*\\})?$' })
      .transform((written, context) => {
        const found = parseMetricName(written)
        if (found !== null) return found
        context.addIssue({ code: 'custom', message: `${JSON.stringify(written)} is not ${METRIC_WORDS}` })
        return z.NEVER
      })
      .optional()
      .meta({
        description:
          'What it is set on: a metric that instances tell on `run.metrics`. Series that fit are added up; of a counter its growth is meant, and the mean of the instances.',
        examples: ['signups_total{result="invalid"}'],
      }),
    query: z
      .string('must be a query of the source')
      .regex(/^[^]{1,500}$/, 'must have 1 to 500 letters')
      .optional()
      .meta({
        description:
          'What it is set on: a query of the source that `analysis` names, with one value for each version.',
        examples: ['sum by (version) (rate(checkout_failed_total[1m]))'],
      }),
    per: z.enum(['second', 'request'], "must be 'second' or 'request'").optional().meta({
      description:
        'Of a counter among `metric`: its growth in a second, or by each request of the release. Default: second.',
    }),
    above: limit('it fires beyond it').optional().meta({ description: 'The most that is good.' }),
    below: limit('it fires under it').optional().meta({ description: 'The least that is good.' }),
    rises: limit('by how much it may rise in a minute').optional().meta({
      description:
        'By how much it may rise in a minute, beside the release before it where that serves at the same time. Not looked at while instances are new, and not before 20 ticks.',
    }),
    falls: limit('by how much it may fall in a minute').optional().meta({
      description: 'By how much it may fall in a minute, in the same way.',
    }),
    sigma: z.number('must be a number of spreads').positive('must be above 0').optional().meta({
      description:
        'How many of its usual spreads it may be above what is usual of the release before it. A spread is never less than a twentieth of that.',
    }),
    clear: limit('from where on it is good again').optional().meta({
      description: 'Once it is broken, it counts as broken until here. Default: the limit itself.',
    }),
    ticks: tickCount().optional().meta({
      description:
        'It fires when the limit is broken in so many ticks. Default: 3, or `ofTicks` if that is less.',
    }),
    ofTicks: tickCount().optional().meta({ description: 'Out of the last so many. Default: `ticks`.' }),
  },
  "must be { alarm: 'a name', metric: 'a_metric', above: 5 }",
)

export const alarmsSchema = z
  .array(alarm, 'must be a list of alarms')
  .max(ALARMS_MAX, `has more than ${ALARMS_MAX} alarms`)
  .meta({
    description:
      'Limits of the team itself, beside the judge. One that fires turns the release back; one that the release before it fires, too, holds, and so does one whose metric is not told.',
  })

export type WrittenAlarm = z.output<typeof alarm>
