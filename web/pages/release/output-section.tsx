import { useState } from 'react'
import { useOutput } from '../../data/queries.ts'
import { Icon } from '../../parts/icon.tsx'
import { Section } from '../../parts/section.tsx'

/** The end of what its instances printed, where it runs. Read only while somebody looks. */
export function OutputSection(props: {
  readonly service: string
  readonly release: number
  readonly stages: readonly string[]
}) {
  if (props.stages.length === 0) return null
  return (
    <Section title="Output" about="The end of what its instances printed.">
      {props.stages.map((stage) => (
        <Output key={stage} service={props.service} release={props.release} stage={stage} />
      ))}
    </Section>
  )
}

function Output(place: { readonly service: string; readonly release: number; readonly stage: string }) {
  const [isOpen, setIsOpen] = useState(false)
  const { data: printed, error } = useOutput(place, isOpen)
  return (
    <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)} className="border-t border-line">
      <summary className="flex min-h-9 items-center gap-2 rounded text-sm font-medium touch:min-h-11">
        <Icon name={isOpen ? 'down' : 'next'} className="text-ink-3" /> {place.stage}
      </summary>
      {error === null ? null : <p className="pb-2 text-sm text-wrong">{error.message}</p>}
      {isOpen && printed !== undefined && printed.length === 0 ? (
        <p className="pb-2 text-sm text-ink-2">No instance of it runs there now.</p>
      ) : null}
      {(isOpen ? (printed ?? []) : []).map(({ instance, text }) => (
        <figure key={instance} className="pb-3">
          <figcaption className="mb-1 font-mono text-[13px] text-ink-2">{instance}</figcaption>
          <pre
            tabIndex={0}
            aria-label={`Output of ${instance}`}
            className="max-h-64 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[12.5px] leading-5 whitespace-pre-wrap"
          >
            {text === '' ? '(nothing so far)' : text}
          </pre>
        </figure>
      ))}
    </details>
  )
}
