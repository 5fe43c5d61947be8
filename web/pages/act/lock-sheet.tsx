// The lock button of three in the morning: the tap itself has locked, before this sheet says a word. What it asks
// comes after, and the way back is in the same place.
import { useEffect, useRef } from 'react'
import type { Lock, ServiceView, StageView } from '../../../src/api/board.ts'
import type { Wish } from '../../data/act-desk.ts'
import { useAct, useMe } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { Icon } from '../../parts/icon.tsx'
import { LockEnd } from '../../parts/lock-end.tsx'
import { Notice } from '../../parts/tone.tsx'
import { GoBack } from './go-back.tsx'
import { LockForm } from './lock-form.tsx'

type Sheet = {
  readonly wish: Wish
  readonly service: ServiceView
  readonly stage: StageView
  readonly onClose: () => void
}

export function LockSheet(sheet: Sheet) {
  const { wish, service, stage } = sheet
  const name = `${service.service} ${stage.stage}`
  const act = useAct()
  const me = useMe().data?.name
  const hasAsked = useRef(false)
  const lockNow = () => act.mutate({ service: service.service, act: 'lock', body: { stage: stage.stage } })
  useEffect(() => {
    // A development build runs effects twice; one tap is one lock.
    if (wish.act !== 'lock' || hasAsked.current) return
    hasAsked.current = true
    lockNow()
  })
  const isLocking = wish.act === 'lock' && (act.isIdle || act.isPending)
  const isDone = wish.act !== 'lock' || act.data?.done === true
  const lock = isDone ? lockMeant({ stage, me, id: act.data?.lock ?? wish.preset?.['lock']?.[0] }) : null
  const refusal = act.data?.refusal ?? null
  return (
    <DialogFrame
      title={
        <span className="flex items-center gap-2">
          <Icon name={isLocking ? 'spin' : 'lock'} className={isLocking ? 'turns' : ''} />
          {isLocking ? `Locking ${name}…` : isDone ? `${name} is locked` : `${name} is not locked`}
        </span>
      }
      about={lock === null ? act.data?.text : <About lock={lock} />}
      isOpen
      onClose={sheet.onClose}
    >
      <div className="mt-4 space-y-5">
        {refusal === null ? null : (
          <Notice tone="held" icon="hold" word="Refused.">
            {refusal.text}
          </Notice>
        )}
        {act.error === null ? null : (
          <Notice
            tone="wrong"
            icon="warn"
            word="Not locked."
            actions={
              <Button look="main" onClick={lockNow}>
                Lock again
              </Button>
            }
          >
            {act.error.message}
          </Notice>
        )}
        {lock === null && refusal === null && act.error === null ? <div className="h-72" /> : null}
        {lock === null ? null : (
          <LockForm key={lock.id} service={service} stage={stage} lock={lock} onClose={sheet.onClose} />
        )}
        <GoBack service={service.service} stage={stage} reason={lock?.reason ?? 'suspected trouble'} />
      </div>
    </DialogFrame>
  )
}

function About({ lock }: { readonly lock: Lock }) {
  return (
    <>
      By {lock.owner}, <LockEnd lock={lock} reachable={false} />. Earlier stages go on receiving.
    </>
  )
}

/** The lock this sheet is about: the one that was set or asked for; else the newest, one's own first. */
function lockMeant(from: {
  readonly stage: StageView
  readonly me: string | undefined
  readonly id: string | undefined
}): Lock | null {
  const { locks } = from.stage
  // The board may not have heard of it yet.
  if (from.id !== undefined) return locks.find((lock) => lock.id === from.id) ?? null
  const newest = locks.toSorted((a, b) => b.since - a.since)
  return newest.find((lock) => lock.owner === from.me) ?? newest[0] ?? null
}
