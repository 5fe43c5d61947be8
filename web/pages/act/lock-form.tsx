import { type FormEvent, useState } from 'react'
import type { Lock, ServiceView, StageView } from '../../../src/api/board.ts'
import { serverNowMs } from '../../data/clock.ts'
import { wishFor } from '../../data/act-desk.ts'
import { ONLY_INCIDENT } from '../../data/forms/gate-forms.ts'
import {
  type LockDraft,
  changesOfLock,
  draftOfLock,
  expiryChoices,
  suspectChoices,
} from '../../data/lock-draft.ts'
import { useAct } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { ChoiceField, TextField } from '../../parts/fields.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Notice } from '../../parts/tone.tsx'

/** Everything about a lock that may be said later than the tap. */
export function LockForm(form: {
  readonly service: ServiceView
  readonly stage: StageView
  readonly lock: Lock
  readonly onClose: () => void
}) {
  const { service, stage, lock } = form
  const [draft, setDraft] = useState<LockDraft>(() => draftOfLock(lock))
  const act = useAct()
  const changes = changesOfLock({ draft, lock })
  const set = (part: Partial<LockDraft>) => setDraft({ ...draft, ...part })
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (changes === null) return form.onClose()
    act.mutate(
      {
        service: service.service,
        act: 'edit-lock',
        body: { stage: stage.stage, lock: lock.id, ...changes },
        isEverywhere: lock.everywhere,
      },
      { onSuccess: (outcome) => (outcome.done ? form.onClose() : undefined) },
    )
  }
  const unlock = {
    act: 'unlock',
    service: service.service,
    stage: stage.stage,
    release: null,
    preset: { lock: [lock.id] },
  } as const
  const refusal = act.data?.refusal?.text ?? act.error?.message ?? null
  return (
    <form onSubmit={save} className="space-y-4">
      <TextField label="Reason" value={draft.reason} onChange={(reason) => set({ reason })} />
      <div className="grid grid-cols-2 gap-3">
        <ChoiceField
          label="Expires"
          value={draft.forMs}
          options={expiryChoices(lock, serverNowMs())}
          onChange={(forMs) => set({ forMs })}
        />
        {lock.everywhere ? null : (
          <ChoiceField
            label="Suspected"
            value={draft.suspect}
            options={suspectChoices({ service, stage, lock })}
            onChange={(suspect) => set({ suspect })}
          />
        )}
      </div>
      <TextField
        label="Incident"
        value={draft.incident}
        placeholder="Link or name; the lock stays while it is open"
        onChange={(incident) => set({ incident })}
      />
      {refusal === null ? null : (
        <Notice tone="held" icon="hold" word="Not saved.">
          {refusal}
        </Notice>
      )}
      <div className="flex justify-between gap-2">
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => wishFor(unlock)}>
            <Icon name="lock" /> Unlock…
          </Button>
          {lock.incident === null ? null : (
            <Button
              onClick={() => wishFor({ ...unlock, preset: { lock: [lock.id], ends: [ONLY_INCIDENT] } })}
            >
              Incident closed…
            </Button>
          )}
        </div>
        <Button type="submit" look="main" disabled={act.isPending || draft.reason.trim() === ''}>
          {act.isPending ? 'Saving…' : changes === null ? 'Done' : 'Save'}
        </Button>
      </div>
    </form>
  )
}
