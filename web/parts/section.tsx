import type { ReactNode } from 'react'

/** A part of a page with a heading, and what can be done about the whole of it to its right. */
export function Section(section: {
  readonly title: string
  readonly about?: ReactNode
  readonly acts?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section aria-label={section.title}>
      <div className="mb-2 flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">{section.title}</h2>
          {section.about === undefined ? null : <p className="text-[13px] text-ink-2">{section.about}</p>}
        </div>
        {section.acts === undefined ? null : <div className="flex flex-wrap gap-2">{section.acts}</div>}
      </div>
      {section.children}
    </section>
  )
}

/** One thing of a list: its name, what is said of it, and what can be done with it. */
export function Row(row: {
  readonly name: ReactNode
  readonly children: ReactNode
  readonly acts?: ReactNode
  /** For names that are long by nature. */
  readonly isWide?: boolean
}) {
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1.5 border-t border-line py-2.5 text-sm md:flex-nowrap">
      <div className={`w-full shrink-0 font-medium md:py-1 ${row.isWide ? 'md:w-80' : 'md:w-40'}`}>
        {row.name}
      </div>
      <div className="min-w-0 flex-1 basis-64 md:py-1">{row.children}</div>
      {row.acts === undefined ? null : (
        <div className="flex w-full flex-wrap gap-1 max-md:-ml-2.5 md:w-auto md:shrink-0">{row.acts}</div>
      )}
    </li>
  )
}

export function NothingYet({ children }: { readonly children: ReactNode }) {
  return <p className="border-t border-line py-3 text-sm text-ink-2">{children}</p>
}
