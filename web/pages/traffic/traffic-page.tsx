import { getRouteApi } from '@tanstack/react-router'
import type { RoutesView } from '../../../src/api/traffic.ts'
import { useRoutes } from '../../data/queries.ts'
import { useStageChoice } from '../../data/use-stage-choice.ts'
import { StagePage } from '../../parts/stage-page.tsx'
import { Notice } from '../../parts/tone.tsx'
import { useTitle } from '../../parts/use-title.ts'
import { ExplainSection } from './explain-section.tsx'
import { LookupsSection } from './lookups-section.tsx'
import { MeasuresSection } from './measures-section.tsx'
import { RoutesSection } from './routes-section.tsx'
import { TracksSection } from './tracks-section.tsx'
import { VersionsSection } from './versions-section.tsx'

const route = getRouteApi('/services/$service/traffic')

/** Who gets which release: tracks, the rules that lead to them, and what each live version costs. */
export function TrafficPage() {
  const { service } = route.useParams()
  const { stage: asked } = route.useSearch()
  const navigate = route.useNavigate()
  useTitle(`Traffic of ${service}`)
  const choice = useStageChoice(service, asked)
  return (
    <StagePage
      service={service}
      {...choice}
      onStage={(next) => void navigate({ search: { stage: next }, replace: true })}
      what="who gets what"
      query={useRoutes(service, choice.stage)}
      show={(view) => <Traffic view={view} />}
    />
  )
}

function Traffic({ view }: { readonly view: RoutesView }) {
  return (
    <div className="max-w-5xl space-y-10">
      {view.inForce ? null : (
        <Notice tone="moving" icon="spin" word="Not in force yet.">
          Some router has not acknowledged what is shown here.
        </Notice>
      )}
      <TracksSection view={view} />
      <RoutesSection view={view} />
      <ExplainSection key={view.stage} service={view.service} stage={view.stage} />
      <MeasuresSection key={`measured ${view.stage}`} service={view.service} stage={view.stage} />
      <LookupsSection service={view.service} />
      <VersionsSection view={view} />
    </div>
  )
}
