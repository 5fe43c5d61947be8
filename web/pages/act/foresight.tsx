import type { ActOutcome } from '../../../src/api/acts.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Notice } from '../../parts/tone.tsx'

/** What would happen, or why it may not: the server's own words, never the page's guess. */
export function Foresight(seen: {
  readonly query: { readonly data: ActOutcome | undefined; readonly error: Error | null }
  readonly refused: ActOutcome | null
  readonly failure: Error | null
  /** Fields without which nothing can be said yet. */
  readonly wanting?: readonly string[]
}) {
  const { wanting = [] } = seen
  if (wanting.length > 0)
    return (
      <p role="status" className="min-h-12 py-2.5 text-sm text-ink-2">
        What would happen is said here, once this is filled in: {wanting.join(', ')}.
      </p>
    )
  const failure = seen.failure ?? seen.query.error
  const outcome = seen.refused ?? seen.query.data
  return (
    <div role="status" className="min-h-12">
      {failure === null ? null : (
        <Notice tone="wrong" icon="warn" word="That did not work.">
          {failure.message}
        </Notice>
      )}
      {failure === null && outcome === undefined ? (
        <p className="flex items-center gap-2 py-2.5 text-sm text-ink-2">
          <Icon name="spin" className="turns" /> Asking what would happen…
        </p>
      ) : null}
      {failure === null && outcome !== undefined ? (
        outcome.refusal === null ? (
          <Notice tone="quiet" icon="forward" word="What happens:">
            {outcome.text}
          </Notice>
        ) : (
          <Notice tone="held" icon="hold" word="Refused.">
            {outcome.refusal.text}{' '}
            <span className="block text-[13px] text-ink-2">{outcome.refusal.code}</span>
          </Notice>
        )
      ) : null}
    </div>
  )
}

/** After the act: what was said, and the way out. */
export function Outcome({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  return (
    <div className="mt-4 space-y-5">
      <p role="status" className="flex gap-2">
        <Icon name="check" className="mt-1" /> {text}
      </p>
      <div className="flex justify-end">
        <Button look="main" onClick={onClose} autoFocus>
          Done
        </Button>
      </div>
    </div>
  )
}
