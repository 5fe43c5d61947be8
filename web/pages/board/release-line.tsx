import { Link } from '@tanstack/react-router'
import type { ServiceView } from '../../../src/api/board.ts'
import { ReleaseTable } from '../../parts/release-table.tsx'

const shownMax = 6

/** The newest releases and how each stands in every stage. */
export function ReleaseLine({ service }: { readonly service: ServiceView }) {
  const shown = service.releases.slice(0, shownMax)
  if (shown.length === 0) return null
  return (
    <section aria-label={`Newest releases of ${service.service}`} className="mt-5">
      <ReleaseTable
        service={service.service}
        stages={service.stages.map((each) => each.stage)}
        rows={shown}
      />
      <p className="mt-1">
        <Link
          to="/services/$service/releases"
          params={{ service: service.service }}
          className="inline-flex items-center text-[13px] text-ink-2 hover:text-ink hover:underline touch:min-h-11"
        >
          All releases of {service.service}
        </Link>
      </p>
    </section>
  )
}
