import { useEffect, useRef, useState } from 'react'
import type { Board } from '../../../src/api/board.ts'
import { announce } from '../../data/announcements.ts'
import { useBoard } from '../../data/queries.ts'

/** Tells a screen reader what changed, politely and only when it matters. */
export function Announcer() {
  const { data: board } = useBoard()
  const before = useRef<Board | null>(null)
  const [news, setNews] = useState('')
  useEffect(() => {
    if (board === undefined) return
    const sentences = before.current === null ? [] : announce(before.current, board)
    before.current = board
    if (sentences.length > 0) setNews(sentences.join(' '))
  }, [board])
  return (
    <div aria-live="polite" className="sr-only">
      {news}
    </div>
  )
}
