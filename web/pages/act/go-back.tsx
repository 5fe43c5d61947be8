import type { StageView } from '../../../src/api/board.ts'
import { useAct, useDryRun } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'

/** The way back, in the same sheet as the lock: ends the rollout under way, or goes back to the last good release. */
export function GoBack(props: {
  readonly service: string
  readonly stage: StageView
  readonly reason: string
}) {
  const { service, stage } = props
  const name: 'abort' | 'rollback' = stage.rollout?.direction === 'forward' ? 'abort' : 'rollback'
  const body = { stage: stage.stage, reason: props.reason }
  const dryRun = useDryRun({ service, act: name, body })
  const act = useAct()
  if (act.data?.done)
    return (
      <p role="status" className="flex gap-2 border-t border-line pt-4 text-sm">
        <Icon name="check" className="mt-0.5" /> {act.data.text}
      </p>
    )
  const refusal = act.data?.refusal?.text ?? act.error?.message ?? dryRun.data?.refusal?.text ?? null
  return (
    <section
      aria-label="Go back"
      className="flex flex-col gap-3 border-t border-line pt-4 sm:flex-row sm:items-center"
    >
      <p role="status" className="min-h-10 flex-1 text-sm text-ink-2">
        {refusal ?? dryRun.data?.text ?? 'Customers still get what they got before the lock.'}
      </p>
      <Button
        look="grave"
        className="touch:w-full sm:touch:w-auto"
        disabled={dryRun.data?.refusal !== null || act.isPending}
        onClick={() => act.mutate({ service, act: name, body })}
      >
        <Icon name="back" /> {act.isPending ? 'Going back…' : 'Go back now'}
      </Button>
    </section>
  )
}
