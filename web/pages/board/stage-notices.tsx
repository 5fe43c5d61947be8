import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { wishFor } from '../../data/act-desk.ts'
import { useMayAct } from '../../data/queries.ts'
import {
  describeApproval,
  describeStep,
  laneWord,
  nameActor,
  nameRelease,
  nameReleases,
  withStop,
} from '../../data/wording.ts'
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
      {stage.live !== null && !stage.routerSeen && stage.unseen !== null ? (
        <Notice tone="wrong" icon="cut" word="Its metric source does not tell.">
          {stage.unseen}. Nothing is judged until it does.
        </Notice>
      ) : null}
      {stage.live !== null && !stage.routerSeen && stage.unseen === null ? (
        <Notice tone="wrong" icon="cut" word="The router has not been seen.">
          A router that runs serves customers from its own last plan; nothing is judged until it is heard
          again.
        </Notice>
      ) : null}
      {stage.suspects.length === 0 ? null : (
        <Notice tone="wrong" icon="warn" word={`Suspected: ${nameReleases(stage.suspects)}.`}>
          {stage.suspects.length === 1
            ? 'Nothing that carries it goes on until it is reverted, fixed or cleared.'
            : stage.search === null
              ? 'They could not be told apart. Name the one at fault, or revert them all.'
              : null}
          {stage.search === null ? null : <Reasons why={stage.search.why} />}
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
      {stage.retired === null ? null : (
        <Notice tone="held" icon="hold" word="Retired">
          by {nameActor(stage.retired.by)} <Moment at={stage.retired.since} />:{' '}
          {withStop(stage.retired.reason)}{' '}
          {stage.retired.instances === 0
            ? 'It is empty: take it out of the configuration, and releases go past it.'
            : `What it ran is being stopped: ${stage.retired.instances} left.`}
        </Notice>
      )}
      {stage.pin === null ? null : (
        <Notice
          tone="held"
          icon="pin"
          word={stage.pin.release === null ? 'Pinned' : `Pinned on ${nameRelease(stage.pin.release)}`}
        >
          by {nameActor(stage.pin.by)} <Moment at={stage.pin.since} />: {withStop(stage.pin.reason)}
        </Notice>
      )}
      <RolloutNotices stage={stage} />
      <RoundNotices stage={stage} />
      {stage.approve === null ||
      (stage.approve.release === null && stage.approve.settings === null) ? null : (
        <Notice tone="held" icon="ask" word={stage.approve.byHand ? 'By hand.' : 'Asks for a yes.'}>
          {describeApproval(stage.approve)}
        </Notice>
      )}
      <WindowLine stage={stage} />
    </>
  )
}

function RolloutNotices({ stage: { rollout } }: { readonly stage: StageView }) {
  if (rollout === null) return null
  return (
    <>
      {rollout.asksConfirm ? (
        <Notice tone="held" icon="ask" word="Asks you.">
          {describeStep(rollout)} has soaked. It goes on when somebody confirms it.
        </Notice>
      ) : null}
      {rollout.paused === null ? null : (
        <Notice tone="held" icon="hold" word="Paused">
          by {nameActor(rollout.paused.by)} <Moment at={rollout.paused.since} />:{' '}
          {withStop(rollout.paused.reason)} It is watched on.
        </Notice>
      )}
    </>
  )
}

/** What goes round the line into this stage, and what came in that way and nobody verified. */
function RoundNotices({ stage }: { readonly stage: StageView }) {
  const { wayRound, beside } = stage
  return (
    <>
      {wayRound === null ? null : (
        <Notice
          tone="held"
          icon="forward"
          word={`${laneWord(wayRound.lane)} ${nameRelease(wayRound.release)}`}
        >
          by {nameActor(wayRound.by)} <Moment at={wayRound.since} />: {withStop(wayRound.reason)}{' '}
          <Reasons why={wayRound.why} />
        </Notice>
      )}
      {beside === null ? null : (
        <Notice tone="quiet" icon="eye" word={`${nameRelease(beside.release)} is checked beside this stage`}>
          with one instance and no traffic, on its way to {beside.target}.
          {beside.passed.length === 0 ? '' : ` Passed: ${beside.passed.join(', ')}.`}
        </Notice>
      )}
      {stage.lane === 'emergency' && stage.live !== null ? (
        <Notice tone="held" icon="warn" word="Unverified.">
          {nameRelease(stage.live.release)} came in as an emergency, round its bakes and checks.
        </Notice>
      ) : null}
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
      word={`${lock.hard ? 'Locked hard' : 'Locked'} by ${lock.owner}${lock.everywhere ? ', in every service' : ''}:`}
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
                preset: { lock: [lock.id] },
              })
            }
          >
            Edit…
          </Button>
        ) : undefined
      }
    >
      {withStop(lock.reason)}{' '}
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
