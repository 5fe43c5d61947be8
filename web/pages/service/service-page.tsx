import { getRouteApi } from '@tanstack/react-router'
import type { ServiceView } from '../../../src/api/board.ts'
import { useBacklog, useBoard, usePlan } from '../../data/queries.ts'
import { sentenceOf } from '../../data/wording.ts'
import { Moment } from '../../parts/moment.tsx'
import { Empty, Failed, Loading } from '../../parts/page-state.tsx'
import { Section } from '../../parts/section.tsx'
import { ServiceHeader } from '../../parts/service-header.tsx'
import { Notice } from '../../parts/tone.tsx'
import { useTitle } from '../../parts/use-title.ts'
import { Pipeline } from '../board/pipeline.tsx'
import { useStageKeys } from '../board/use-stage-keys.ts'
import { ForecastSection } from './forecast-section.tsx'
import { StageBacklog } from './stage-backlog.tsx'

const route = getRouteApi('/services/$service')

/** One service whole: its pipeline left to right, what waits where, and what the next merge would go through. */
export function ServicePage() {
  const { service: name } = route.useParams()
  useTitle(name)
  const { data: board, error, refetch } = useBoard()
  useStageKeys(board ?? null)
  if (board === undefined)
    return error === null ? (
      <Loading what={name} />
    ) : (
      <Failed what={name} text={error.message} onAgain={() => void refetch()} />
    )
  const service = board.services.find((each) => each.service === name)
  if (service === undefined)
    return <Empty title={`There is no service ${name}`}>The board lists those there are.</Empty>
  return (
    <>
      <ServiceHeader service={name}>
        <p className="text-[13px] text-ink-2">
          {service.branch} of {service.git}
        </p>
      </ServiceHeader>
      <Whole service={service} />
      <div className="mt-10 max-w-5xl space-y-10">
        <ForecastSection service={service} />
        <NextMerge service={name} />
      </div>
    </>
  )
}

/** The pipeline with everything that waits, and the stage that holds most of it up. */
function Whole({ service }: { readonly service: ServiceView }) {
  const { data: backlog } = useBacklog(service.service)
  const { bottleneck = null } = backlog ?? {}
  return (
    <>
      {bottleneck === null || bottleneck.waiting < 2 ? null : (
        <div className="mb-4 max-w-5xl">
          <Notice tone="quiet" icon="clock" word={`Most of it waits before ${bottleneck.stage}.`}>
            {sentenceOf(bottleneck.text)}
          </Notice>
        </div>
      )}
      <Pipeline
        service={service}
        // Until it is known what piled up, the short list of the board stands there.
        {...(backlog === undefined
          ? {}
          : {
              waitingOf: (stage: string) => {
                const found = backlog.stages.find((each) => each.stage === stage)
                return found === undefined ? null : <StageBacklog service={service.service} backlog={found} />
              },
            })}
      />
    </>
  )
}

function NextMerge({ service }: { readonly service: string }) {
  const { data: plan, error } = usePlan(service)
  return (
    <Section title="The next merge" about="What would happen to a change that is merged now, in order.">
      {error === null ? null : <p className="text-sm text-wrong">{error.message}</p>}
      <ol className="text-sm">
        {(plan ?? []).map((step) => (
          <li key={step.stage} className="flex flex-wrap gap-x-4 border-t border-line py-2">
            <span className="w-40 shrink-0 font-medium">{step.stage}</span>
            <span className="min-w-0 flex-1 basis-64">{sentenceOf(step.text)}</span>
            {step.at === null ? null : (
              <span className="text-[13px] text-ink-2">
                <Moment at={step.at} as="both" side="right" />
              </span>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}
