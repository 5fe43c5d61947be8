import { type FormEvent, useState } from 'react'
import type { RevertOutcome } from '../../../src/api/revert.ts'
import { prepareRevert } from '../../data/client.ts'
import { useChange } from '../../data/queries.ts'
import { nameRelease } from '../../data/wording.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Notice } from '../../parts/tone.tsx'

/** Prepares a branch and a message that take a change back. It opens and pushes nothing: that stays with people. */
export function RevertDialog(props: {
  readonly service: string
  readonly release: number
  readonly onClose: () => void
}) {
  const { service, release } = props
  const [branch, setBranch] = useState('')
  const [reason, setReason] = useState('')
  const revert = useChange<RevertOutcome>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    revert.mutate(() => prepareRevert(service, release, { branch: branch.trim(), reason: reason.trim() }))
  }
  const { data, error } = revert
  const refusal = data?.refusal?.text ?? error?.message ?? null
  const prepared = data?.prepared ?? null
  return (
    <DialogFrame
      title={`Prepare a revert of ${nameRelease(release)}`}
      about={`${service}: a branch with a commit that takes it back; nothing is pushed or opened`}
      isOpen
      onClose={props.onClose}
    >
      {prepared === null ? (
        <form onSubmit={submit} className="mt-4 space-y-4">
          <TextField label="Branch" placeholder={`revert-${release}`} value={branch} onChange={setBranch} />
          <TextField
            label="Why; it becomes part of the message"
            rows={2}
            value={reason}
            onChange={setReason}
          />
          {refusal === null ? null : (
            <Notice tone="held" icon="hold" word="Not prepared.">
              {refusal}
            </Notice>
          )}
          <div className="flex justify-end gap-2">
            <Button look="quiet" onClick={props.onClose}>
              Cancel
            </Button>
            <Button type="submit" look="main" disabled={revert.isPending}>
              {revert.isPending ? 'Preparing…' : 'Prepare'}
            </Button>
          </div>
        </form>
      ) : (
        <div className="mt-4 space-y-4 text-sm">
          <p role="status">
            The branch <code className="font-mono">{prepared.branch}</code> is ready; merge it as you merge
            everything else.
          </p>
          <pre className="overflow-x-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[12.5px]">
            {prepared.fetchFrom === null
              ? `git switch ${prepared.branch}`
              : `git fetch ${prepared.fetchFrom} ${prepared.branch}:${prepared.branch}\ngit switch ${prepared.branch}`}
          </pre>
          <pre className="max-h-48 overflow-auto rounded-lg border border-line p-3 font-mono text-[12.5px] whitespace-pre-wrap">
            {prepared.message}
          </pre>
          <div className="flex justify-end">
            <Button look="main" onClick={props.onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </DialogFrame>
  )
}
