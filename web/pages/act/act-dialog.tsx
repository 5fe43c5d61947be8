import { type FormEvent, useState } from 'react'
import {
  bodyOfAct,
  dryAnswers,
  firstAnswers,
  formOfAct,
  isForEverywhere,
  missing,
} from '../../data/act-forms.ts'
import type { Wish } from '../../data/act-desk.ts'
import type { Answers, Field, Place } from '../../data/forms/form.ts'
import { useAct, useDryRun } from '../../data/queries.ts'
import { actNamed } from '../../data/stage-acts.ts'
import { useSettled } from '../../data/use-settled.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { Foresight, Outcome } from './foresight.tsx'
import { FormField } from './form-field.tsx'

// Long enough that a word is not asked about letter by letter, short enough not to be waited for.
const quietMs = 200

/** Asks before an act: the choices there are, what would happen in the server's words, and the reason. */
export function ActDialog({ wish, place, onClose }: { wish: Wish; place: Place; onClose: () => void }) {
  const [form] = useState(() => formOfAct(wish.act, place))
  const [answers, setAnswers] = useState<Answers>(() => firstAnswers(form.fields, wish.preset ?? {}))
  const settled = useSettled(answers, quietMs)
  const asked = dryAnswers(form.fields, settled)
  const wishWith = (said: Answers) => ({
    service: wish.service,
    act: wish.act,
    body: bodyOfAct(wish.act, place, said),
    isEverywhere: isForEverywhere(wish.act, place, said),
  })
  const dryRun = useDryRun(
    asked === null ? { service: wish.service, act: wish.act, body: {} } : wishWith(asked),
    asked !== null,
  )
  const act = useAct()
  const { label, about } = actNamed(wish.act)
  const wanting = missing(form.fields, answers)
  const isForeseen =
    asked !== null && settled === answers && !dryRun.isPlaceholderData && dryRun.data?.refusal === null
  const isReady = isForeseen && wanting.length === 0 && !act.isPending
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) act.mutate(wishWith(answers))
  }
  if (act.data?.done)
    return (
      <DialogFrame title={form.title} isOpen onClose={onClose}>
        <Outcome text={act.data.text} onClose={onClose} />
      </DialogFrame>
    )
  const set = (field: Field, value: readonly string[]) => {
    // What was said about other answers is not true of these.
    if (!act.isIdle && !act.isPending) act.reset()
    setAnswers({ ...answers, [field.name]: value })
  }
  const isReason = ({ name }: Field) => name === 'reason'
  const fieldOf = (field: Field) => (
    <FormField
      key={field.name}
      field={field}
      value={answers[field.name] ?? []}
      isFirst={field.name === firstToSay(form.fields)}
      onChange={(value) => set(field, value)}
    />
  )
  return (
    <DialogFrame title={form.title} about={`${wish.service}: ${about}`} isOpen onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-4">
        {form.fields.filter((field) => !isReason(field)).map(fieldOf)}
        <Foresight
          query={dryRun}
          refused={act.data ?? null}
          failure={act.error}
          wanting={asked === null ? wanting.map((field) => field.label) : []}
        />
        {form.fields.filter(isReason).map(fieldOf)}
        <div className="flex justify-end gap-2 pt-1">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look={form.isGrave ? 'grave' : 'main'} disabled={!isReady}>
            {act.isPending ? 'One moment…' : label}
          </Button>
        </div>
      </form>
    </DialogFrame>
  )
}

/** The field that has the focus at first: the first that wants words. */
function firstToSay(fields: readonly Field[]): string | undefined {
  return fields.find(({ kind, isNeeded }) => (kind === 'text' || kind === 'words') && isNeeded === true)?.name
}
