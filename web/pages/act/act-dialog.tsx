import { type FormEvent, useDeferredValue, useState } from 'react'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import type { Wish } from '../../data/act-desk.ts'
import { type Answers, type Choice, bodyOfAct, formOfAct } from '../../data/act-forms.ts'
import { useAct, useDryRun } from '../../data/queries.ts'
import { actNamed } from '../../data/stage-acts.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { ChoiceField, TextField } from '../../parts/fields.tsx'
import { Foresight, Outcome } from './foresight.tsx'

// Nothing is recorded by a dry run; this stands in until the reason is typed, so that the answer is about the rest.
const reasonToCome = 'not given yet'
const serversChoice = ''

type Place = {
  readonly service: ServiceView | null
  readonly stage: StageView | null
  readonly release: number | null
}

/** Asks before an act: what would happen in the server's words, the choice there is, and the reason. */
export function ActDialog({ wish, place, onClose }: { wish: Wish; place: Place; onClose: () => void }) {
  const [form] = useState(() => formOfAct(wish.act, place))
  const [answers, setAnswers] = useState<Answers>({
    choice: wish.lock ?? form.choice?.options[0]?.value ?? null,
    also: wish.also ?? form.also?.options[0]?.value ?? null,
    reason: wish.reason ?? form.reason ?? '',
  })
  const asked = useDeferredValue(answers)
  const dryRun = useDryRun({
    service: wish.service,
    act: wish.act,
    body: bodyOfAct(wish.act, place, { ...asked, reason: reasonToCome }),
  })
  const act = useAct()
  const { label, about } = actNamed(wish.act)
  const isReady = dryRun.data?.refusal === null && (form.reason === null || answers.reason.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isReady || act.isPending) return
    act.mutate({ service: wish.service, act: wish.act, body: bodyOfAct(wish.act, place, answers) })
  }
  if (act.data?.done)
    return (
      <DialogFrame title={form.title} isOpen onClose={onClose}>
        <Outcome text={act.data.text} onClose={onClose} />
      </DialogFrame>
    )
  return (
    <DialogFrame title={form.title} about={`${wish.service}: ${about}`} isOpen onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-4">
        <Chosen
          choice={form.choice}
          value={answers.choice}
          onChange={(choice) => setAnswers({ ...answers, choice })}
        />
        <Chosen
          choice={form.also}
          value={answers.also ?? null}
          onChange={(also) => setAnswers({ ...answers, also })}
        />
        <Foresight query={dryRun} refused={act.data ?? null} failure={act.error} />
        {form.reason === null ? null : (
          <TextField
            label="Why, for the audit log"
            rows={2}
            isFirst
            value={answers.reason}
            onChange={(reason) => setAnswers({ ...answers, reason })}
          />
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            look={isGrave(wish.act) ? 'grave' : 'main'}
            disabled={!isReady || act.isPending}
          >
            {act.isPending ? 'One moment…' : label}
          </Button>
        </div>
      </form>
    </DialogFrame>
  )
}

function Chosen(of: {
  readonly choice: Choice | null
  readonly value: string | null
  readonly onChange: (value: string | null) => void
}) {
  if (of.choice === null) return null
  return (
    <ChoiceField
      label={of.choice.label}
      value={of.value ?? serversChoice}
      options={of.choice.options.map((each) => ({ ...each, value: each.value ?? serversChoice }))}
      onChange={(value) => of.onChange(value === serversChoice ? null : value)}
    />
  )
}

function isGrave(act: Wish['act']): boolean {
  return act === 'abort' || act === 'rollback' || act === 'reject'
}
