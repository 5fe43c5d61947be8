import { Link } from '@tanstack/react-router'
import type { ServiceView } from '../../../src/api/board.ts'
import { shortRepository } from '../../data/figures.ts'
import { anchorOf } from './anchors.ts'
import { Pipeline } from './pipeline.tsx'
import { ReleaseLine } from './release-line.tsx'

/** One service on the board: its pipeline, then its newest releases. */
export function ServicePanel({ service, isFramed }: { service: ServiceView; isFramed: boolean }) {
  const heading = `heading-${service.service}`
  return (
    <section
      id={anchorOf(service.service, null)}
      aria-labelledby={heading}
      className={isFramed ? 'scroll-mt-16 py-4' : 'scroll-mt-16'}
    >
      <header className="mb-3 flex flex-wrap items-baseline gap-x-3">
        <h2 id={heading} className="text-lg font-semibold">
          <Link
            to="/services/$service"
            params={{ service: service.service }}
            className="inline-flex items-center hover:underline touch:min-h-11"
          >
            {service.service}
          </Link>
        </h2>
        <p className="min-w-0 truncate text-[13px] text-ink-2" title={service.git}>
          {service.branch} of {shortRepository(service.git)}
        </p>
      </header>
      <Pipeline service={service} />
      <ReleaseLine service={service} />
    </section>
  )
}
