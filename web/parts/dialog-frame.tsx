import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { buttonClass } from './button.tsx'
import { Icon } from './icon.tsx'

/** A dialog in the middle of a wide screen, a sheet at the bottom of a phone, where the thumb is. */
export function DialogFrame(frame: {
  readonly title: ReactNode
  readonly about?: ReactNode
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  return (
    <Dialog.Root open={frame.isOpen} onOpenChange={(isOpen) => (isOpen ? undefined : frame.onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup className="sheet fixed inset-x-0 bottom-0 z-50 max-h-[92dvh] overflow-y-auto overscroll-contain rounded-t-2xl border border-line bg-paper p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] shadow-2xl outline-none sm:inset-x-auto sm:top-[12dvh] sm:bottom-auto sm:left-1/2 sm:max-h-[80dvh] sm:w-[30rem] sm:-translate-x-1/2 sm:rounded-xl">
          <div className="flex items-start justify-between gap-3">
            <Dialog.Title className="text-lg leading-snug font-semibold">{frame.title}</Dialog.Title>
            <Dialog.Close
              className={`${buttonClass('quiet')} -mt-1 -mr-2 !px-2 touch:min-w-11`}
              aria-label="Close"
            >
              <Icon name="close" />
            </Dialog.Close>
          </div>
          {frame.about === undefined ? null : (
            <Dialog.Description className="mt-1 text-sm text-ink-2">{frame.about}</Dialog.Description>
          )}
          {frame.children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
