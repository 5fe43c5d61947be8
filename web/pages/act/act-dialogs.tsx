// Where acts are asked about. Mounted once; buttons and keys anywhere on the page only say what is wished for.
import { useEffect, useState } from 'react'
import { type Wish, attend } from '../../data/act-desk.ts'
import { useBoard } from '../../data/queries.ts'
import { ActDialog } from './act-dialog.tsx'
import { LockSheet } from './lock-sheet.tsx'

export function ActDialogs() {
  // The number makes each wish a new dialog, even the same one twice.
  const [asked, setAsked] = useState<{ readonly wish: Wish; readonly number: number } | null>(null)
  const { data: board } = useBoard()
  useEffect(() => attend((wish) => setAsked((before) => ({ wish, number: (before?.number ?? 0) + 1 }))), [])
  if (asked === null) return null
  const { wish, number } = asked
  const service = board?.services.find((each) => each.service === wish.service) ?? null
  const stage = service?.stages.find((each) => each.stage === wish.stage) ?? null
  const close = () => setAsked(null)
  const isAboutLock = wish.act === 'edit-lock' || (wish.act === 'lock' && wish.isDetailed !== true)
  if (isAboutLock && service !== null && stage !== null)
    return <LockSheet key={number} wish={wish} service={service} stage={stage} onClose={close} />
  return (
    <ActDialog key={number} wish={wish} place={{ service, stage, release: wish.release }} onClose={close} />
  )
}
