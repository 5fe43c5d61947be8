import { Menu } from '@base-ui/react/menu'
import type { ActName } from '../../../src/api/acts.ts'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { wishFor } from '../../data/act-desk.ts'
import { useMayAct } from '../../data/queries.ts'
import { actNamed, actsOfStage } from '../../data/stage-acts.ts'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { wishOfStage } from './stage-wish.ts'

type Place = { readonly service: ServiceView; readonly stage: StageView }

/** One tap locks with the server's defaults; details come after. */
export function LockButton(place: Place) {
  const mayAct = useMayAct()
  if (!mayAct) return null
  const { service, stage } = place
  const isLocked = stage.locks.length > 0
  return (
    <Button
      look={isLocked ? 'held' : 'plain'}
      aria-label={`${isLocked ? 'Edit the lock of' : 'Lock'} ${service.service} ${stage.stage}`}
      aria-keyshortcuts="l"
      onClick={() => wishFor(wishOfStage(isLocked ? 'edit-lock' : 'lock', place))}
    >
      <Icon name="lock" />
      {isLocked ? 'Locked' : 'Lock'}
    </Button>
  )
}

/** What this stage's state calls for. */
export function StageActs(place: Place) {
  const mayAct = useMayAct()
  const { now } = actsOfStage(place.stage)
  if (!mayAct || now.length === 0) return null
  return (
    <div className="flex flex-wrap gap-2 pt-1">
      {now.map((act) => (
        <Button
          key={act}
          look={act === 'confirm' || act === 'approve' || act === 'promote' ? 'main' : 'plain'}
          onClick={() => wishFor(wishOfStage(act, place))}
        >
          {actNamed(act).label}…
        </Button>
      ))}
    </div>
  )
}

/** What can be done at any time, out of sight until asked for. */
export function MoreActs(place: Place) {
  const mayAct = useMayAct()
  const { more, round } = actsOfStage(place.stage)
  if (!mayAct || more.length + round.length === 0) return null
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        aria-label={`More acts on ${place.service.service} ${place.stage.stage}`}
        className={`${buttonClass('quiet')} !px-2 touch:min-w-11`}
      >
        <Icon name="more" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-30 outline-none">
          <Menu.Popup className="max-h-[80dvh] min-w-60 overflow-y-auto rounded-lg border border-line bg-paper p-1 shadow-lg outline-none">
            {more.map((act) => (
              <ActItem key={act} act={act} place={place} />
            ))}
            <Menu.Separator className="my-1 border-t border-line" />
            <Menu.Group>
              <Menu.GroupLabel className="px-3 py-1 text-xs text-ink-2">Round the line</Menu.GroupLabel>
              {round.map((act) => (
                <ActItem key={act} act={act} place={place} />
              ))}
            </Menu.Group>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function ActItem({ act, place }: { readonly act: ActName; readonly place: Place }) {
  const { label, shortcut } = actNamed(act)
  const isDetailed = act === 'lock'
  return (
    <Menu.Item
      onClick={() => wishFor({ ...wishOfStage(act, place), isDetailed })}
      className="flex min-h-9 cursor-pointer items-center justify-between gap-6 rounded-md px-3 text-sm outline-none data-highlighted:bg-sunken touch:min-h-11"
    >
      {isDetailed ? 'Lock with details' : label}…
      <kbd className="font-sans text-xs text-ink-3">{isDetailed ? '' : shortcut}</kbd>
    </Menu.Item>
  )
}
