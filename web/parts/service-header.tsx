import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

const tab =
  'inline-flex min-h-9 items-center border-b-2 border-transparent text-sm text-ink-2 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:font-medium aria-[current=page]:text-ink touch:min-h-11 touch:min-w-11 touch:justify-center'

/** The name of a service and the ways to its pages. */
export function ServiceHeader({
  service,
  children,
}: {
  readonly service: string
  readonly children?: ReactNode
}) {
  const params = { service }
  return (
    <header className="mb-6">
      <h1 className="text-xl font-semibold">{service}</h1>
      {children}
      <nav
        aria-label={`Pages of ${service}`}
        className="mt-2 flex gap-5 overflow-x-auto border-b border-line"
      >
        <Link to="/services/$service" params={params} activeOptions={{ exact: true }} className={tab}>
          Pipeline
        </Link>
        <Link to="/services/$service/releases" params={params} className={tab}>
          Releases
        </Link>
        <Link to="/services/$service/traffic" params={params} className={tab}>
          Traffic
        </Link>
        <Link to="/services/$service/settings" params={params} className={tab}>
          Settings
        </Link>
      </nav>
    </header>
  )
}

/** Which stage a page speaks of, where it speaks of one. */
export function StagePicker(props: {
  readonly stages: readonly string[]
  readonly stage: string
  readonly onChange: (stage: string) => void
}) {
  if (props.stages.length < 2) return null
  return (
    <div
      role="group"
      aria-label="Stage"
      className="mb-6 inline-flex max-w-full overflow-x-auto rounded-lg bg-sunken p-1"
    >
      {props.stages.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === props.stage}
          onClick={() => props.onChange(each)}
          className="min-h-8 rounded-md px-3 text-[13px] whitespace-nowrap text-ink-2 hover:text-ink aria-pressed:bg-paper aria-pressed:ring-1 aria-pressed:ring-line-strong aria-pressed:font-medium aria-pressed:text-ink touch:min-h-11"
        >
          {each}
        </button>
      ))}
    </div>
  )
}
