import { useEffect, useState } from 'react'
import { acts } from '../../../src/api/act-list.ts'
import { isTyping } from '../../data/keys.ts'
import { DialogFrame } from '../dialog-frame.tsx'

const openEvent = 'sluice:shortcuts'

export function openShortcuts(): void {
  document.dispatchEvent(new Event(openEvent))
}

const moves = [
  { keys: 'j →', about: 'Next stage' },
  { keys: 'k ←', about: 'Stage before' },
  { keys: '/', about: 'Filter services' },
  { keys: '?', about: 'This list' },
]

/** Every key of the page; those of the acts come from the one list of acts. */
export function ShortcutsDialog() {
  const [isOpen, setIsOpen] = useState(false)
  useEffect(() => {
    const open = () => setIsOpen(true)
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return
      if (event.key === '?') open()
      if (event.key !== '/') return
      document.getElementById('filter')?.focus()
      event.preventDefault()
    }
    document.addEventListener(openEvent, open)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener(openEvent, open)
      document.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <DialogFrame title="Keyboard" isOpen={isOpen} onClose={() => setIsOpen(false)}>
      <dl className="mt-3 text-sm">
        {moves.map((move) => (
          <Line key={move.keys} keys={move.keys} about={move.about} />
        ))}
      </dl>
      <h3 className="mt-4 text-[13px] text-ink-2">On the stage that has the focus</h3>
      <dl className="mt-1 text-sm">
        {acts
          .filter((act) => act.shortcut !== null)
          .map((act) => (
            <Line key={act.act} keys={act.shortcut ?? ''} about={`${act.label}: ${act.about}`} />
          ))}
      </dl>
    </DialogFrame>
  )
}

function Line({ keys, about }: { readonly keys: string; readonly about: string }) {
  return (
    <div className="flex gap-4 py-1">
      <dt className="w-16 shrink-0 whitespace-nowrap">
        {keys.split(' ').map((key) => (
          <kbd
            key={key}
            className="mr-1 inline-block min-w-6 rounded border border-line bg-sunken px-1.5 text-center font-sans text-[13px]"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{about}</dd>
    </div>
  )
}
