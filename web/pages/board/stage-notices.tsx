import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { wishFor } from '../../data/act-desk.ts'
import { useMayAct } from '../../data/queries.ts'
import { nameActor, nameRelease, nameReleases } from '../../data/wording.ts'
import { Button } from '../../parts/button.tsx'
import { LockEnd } from '../../parts/lock-end.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { Notice } from '../../parts/tone.tsx'

/** What keeps a stage from going on, loudest first. Nothing when all is well. */
export function StageNotices({ service, stage }: { service: ServiceView; stage: StageView }) {
  const held = [...(stage.bake?.hold ? [stage.bake.hold] : [])]
  return (
    <>
      {stage.live !== null && !stage.routerSeen ? (
        <Notice tone="wrong" icon="cut" word="The router has not been seen.">
          A router that runs serves customers from its own last plan; nothing is judged until it is heard
          again.
        </Notice>
      ) : null}
      {stage.suspects.length === 0 ? null : (
        <Notice tone="wrong" icon="warn" word={`Suspected: ${nameReleases(stage.suspects)}.`}>
          {stage.suspects.length === 1
            ? 'Nothing that carries it goes on until it is reverted, fixed or cleared.'
            : 'They could not be told apart. Name the one at fault, or revert them all.'}
        </Notice>
      )}
      {held.length === 0 ? null : (
        <Notice tone="held" icon="hold" word="On hold.">
          <Reasons why={held} />
        </Notice>
      )}
      {stage.bake?.asked ? (
        <Notice tone="held" icon="ask" word="Asks you.">
          <Reasons why={[stage.bake.asked]} />
        </Notice>
      ) : null}
      {stage.locks.map((lock) => (
        <LockNotice key={lock.id} service={service.service} stage={stage.stage} lock={lock} />
      ))}
      {stage.pin === null ? null : (
        <Notice
          tone="held"
          icon="pin"
          word={stage.pin.release === null ? 'Pinned' : `Pinned on ${nameRelease(stage.pin.release)}`}
        >
          by {nameActor(stage.pin.by)} <Moment at={stage.pin.since} />: {stage.pin.reason}
        </Notice>
      )}
      <WindowLine stage={stage} />
    </>
  )
}

function LockNotice(props: {
  readonly service: string
  readonly stage: string
  readonly lock: StageView['locks'][number]
}) {
  const { lock } = props
  const mayAct = useMayAct()
  return (
    <Notice
      tone="held"
      icon="lock"
      word={`Locked by ${lock.owner}:`}
      aside={
        mayAct ? (
          <Button
            look="held"
            aria-label={`Edit the lock of ${lock.owner}`}
            onClick={() =>
              wishFor({
                act: 'edit-lock',
                service: props.service,
                stage: props.stage,
                release: null,
                lock: lock.id,
              })
            }
          >
            Edit…
          </Button>
        ) : undefined
      }
    >
      {lock.reason}.{' '}
      <span className="text-ink-2">
        Since <Moment at={lock.since} as="moment" />, <LockEnd lock={lock} />.
        {lock.suspect === null ? '' : ` Suspected: ${nameRelease(lock.suspect)}.`}
        {lock.incident === null ? null : (
          <>
            {' Incident: '}
            <Incident incident={lock.incident} />.
          </>
        )}
      </span>
    </Notice>
  )
}

/** An incident is a link or just a name; only web addresses become links. */
function Incident({ incident }: { readonly incident: string }) {
  if (!/^https?:\/\//.test(incident)) return incident
  return (
    <a href={incident} rel="noreferrer" target="_blank" className="underline">
      {incident.replace(/^https?:\/\//, '')}
    </a>
  )
}

function WindowLine({ stage }: { readonly stage: StageView }) {
  const { window } = stage
  if (window === null || window.open) return null
  return (
    <p className="text-[13px] text-ink-2">
      Window closed
      {window.changesAt === null ? '' : ', opens '}
      {window.changesAt === null ? null : <Moment at={window.changesAt} as="both" />}
      <span className="text-ink-3"> ({window.text})</span>
    </p>
  )
}
