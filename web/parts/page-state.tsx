import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

export function Loading({ what }: { readonly what: string }) {
  return (
    <p role="status" className="flex items-center gap-2 py-16 text-ink-2">
      <Icon name="spin" className="turns" /> Loading {what}…
    </p>
  )
}

/** A page that could not be shown: what happened, and the one thing to do about it. */
export function Failed(failure: {
  readonly what: string
  readonly text: string
  readonly onAgain: () => void
}) {
  return (
    <section role="alert" className="max-w-xl py-16">
      <h1 className="flex items-center gap-2 text-xl font-semibold">
        <Icon name="warn" className="size-5 text-wrong" /> {failure.what} could not be loaded
      </h1>
      <p className="mt-2 text-ink-2">{failure.text}</p>
      <Button className="mt-5" onClick={failure.onAgain}>
        Try again
      </Button>
    </section>
  )
}

export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="max-w-xl py-16">
      <h1 className="text-xl font-semibold">{title}</h1>
      <div className="mt-2 text-ink-2">{children}</div>
    </section>
  )
}
