// Keyboard use of the board: j, k and the arrows move between stages, and an act's key acts on the stage that has the
// focus. Without one, keys do nothing, so that nobody locks production by typing into the wrong window.
import { useEffect, useEffectEvent } from 'react'
import { acts } from '../../../src/api/act-list.ts'
import type { Board } from '../../../src/api/board.ts'
import { wishFor } from '../../data/act-desk.ts'
import { useMayAct } from '../../data/queries.ts'
import { isTyping } from '../../data/keys.ts'
import { actsOfStage } from '../../data/stage-acts.ts'
import { wishOfStage } from './stage-wish.ts'

const steps: Readonly<Record<string, number>> = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 }

export function useStageKeys(board: Board | null): void {
  const mayAct = useMayAct()
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (isTyping(event)) return
    const stages = [...document.querySelectorAll<HTMLElement>('[data-stage]')]
    const here = stages.findIndex((stage) => stage.contains(document.activeElement))
    const step = steps[event.key]
    if (step !== undefined) {
      const next = here === -1 ? (step > 0 ? 0 : stages.length - 1) : here + step
      stages[Math.min(stages.length - 1, Math.max(0, next))]?.focus()
      event.preventDefault()
      return
    }
    const act = acts.find((each) => each.shortcut === event.key)
    const place = here === -1 || board === null ? null : placeOf(board, stages[here])
    if (act === undefined || place === null || !mayAct) return
    const isLocked = place.stage.locks.length > 0
    const { now, more } = actsOfStage(place.stage)
    event.preventDefault()
    if (act.act === 'lock') wishFor(wishOfStage(isLocked ? 'edit-lock' : 'lock', place))
    else if (now.includes(act.act) || more.includes(act.act)) wishFor(wishOfStage(act.act, place))
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
}

function placeOf(board: Board, element: HTMLElement | undefined) {
  const service = board.services.find((each) => each.service === element?.dataset['service'])
  const stage = service?.stages.find((each) => each.stage === element?.dataset['stage'])
  return service === undefined || stage === undefined ? null : { service, stage }
}
