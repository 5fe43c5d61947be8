import type { Rollout } from '../data/wording.ts'

const labelsMax = 6

/** How far something has come. The number is said in words beside it, so the bar itself is silent. */
export function Bar({ part, isDone = false }: { readonly part: number; readonly isDone?: boolean }) {
  const width = `${Math.round(Math.min(1, Math.max(0, part)) * 1000) / 10}%`
  return (
    <div aria-hidden="true" className="h-1.5 overflow-hidden rounded-full bg-sunken">
      <div className={`h-full rounded-full ${isDone ? 'bg-fill' : 'bg-moving'}`} style={{ width }} />
    </div>
  )
}

/** The steps of a rollout as one bar in segments: behind, under way, ahead. */
export function StepBar({ rollout }: { readonly rollout: Rollout }) {
  const hasLabels = rollout.steps.length <= labelsMax
  return (
    <ol aria-label={`Step ${rollout.step} of ${rollout.steps.length}`} className="flex gap-1">
      {rollout.steps.map((step, index) => {
        const number = index + 1
        const isNow = number === rollout.step
        return (
          <li key={number} aria-current={isNow ? 'step' : undefined} className="min-w-0 flex-1">
            <div className="h-2 overflow-hidden rounded-[3px] bg-sunken">
              <Segment rollout={rollout} number={number} />
            </div>
            <span
              className={`mt-1 block truncate text-xs ${isNow ? 'font-semibold text-ink' : 'text-ink-3'} ${hasLabels ? '' : 'sr-only'}`}
            >
              {step.label}
            </span>
          </li>
        )
      })}
    </ol>
  )
}

function Segment({ rollout, number }: { readonly rollout: Rollout; readonly number: number }) {
  const colour =
    rollout.direction === 'back' ? 'bg-wrong' : rollout.phase === 'held' ? 'bg-held' : 'bg-moving'
  if (number > rollout.step) return null
  if (number < rollout.step || rollout.phase === 'finishing') return <div className={`h-full ${colour}`} />
  const soakMs = rollout.steps[number - 1]?.soakMs ?? 0
  const part = soakMs === 0 ? 1 : Math.min(1, rollout.soakedMs / soakMs)
  return (
    <div className="relative h-full">
      <div className={`breathes absolute inset-0 ${colour} opacity-30`} />
      <div className={`relative h-full ${colour}`} style={{ width: `${Math.round(part * 1000) / 10}%` }} />
    </div>
  )
}
