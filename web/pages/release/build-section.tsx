import { useEffect, useRef } from 'react'
import { useBuildLog } from '../../data/build-log.ts'
import type { ReleaseDetail } from '../../data/client.ts'
import { useTicking } from '../../data/clock.ts'
import { describeExactDuration } from '../../data/durations.ts'
import { Icon } from '../../parts/icon.tsx'
import { Moment } from '../../parts/moment.tsx'

// Closer to the end than this, the reader wants to stay at the end.
const nearEndPx = 40

/** How the build went, with its log; while it runs, the log grows at the foot. */
export function BuildSection({ service, release }: { service: string; release: ReleaseDetail }) {
  const { build } = release
  const isRunning = build.state === 'running'
  const log = useBuildLog({ service, release: release.release, attempt: build.attempt, isRunning })
  const box = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [log.text])
  return (
    <section aria-labelledby="build">
      <h2 id="build" className="text-base font-semibold">
        Build
      </h2>
      <p className="mt-1 text-sm">
        <BuildState build={build} />
      </p>
      {build.message === null ? null : <p className="mt-1 text-sm text-wrong">{build.message}</p>}
      {log.text === '' ? (
        <p className="mt-2 text-sm text-ink-2">
          {log.failure ?? (isRunning ? 'The log is empty so far.' : 'The build wrote nothing.')}
        </p>
      ) : (
        <pre
          ref={box}
          tabIndex={0}
          aria-label="Build log"
          onScroll={({ currentTarget: at }) => {
            isAtEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < nearEndPx
          }}
          className="mt-3 max-h-96 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[12.5px] leading-5 whitespace-pre-wrap"
        >
          {log.isCut ? <span className="text-ink-2">(only the end is shown)</span> : null}
          {log.isCut ? '\n' : ''}
          {log.text}
        </pre>
      )}
    </section>
  )
}

function BuildState({ build }: { readonly build: ReleaseDetail['build'] }) {
  const took =
    build.startedAt === null || build.endedAt === null
      ? ''
      : `, took ${describeExactDuration(build.endedAt - build.startedAt)}`
  const attempt = build.attempt > 1 ? `, attempt ${build.attempt}` : ''
  switch (build.state) {
    case 'waiting':
      return <>Waits for its turn{attempt}.</>
    case 'running':
      return (
        <>
          <Icon name="spin" className="turns -mt-0.5 text-moving" /> Running{' '}
          {build.startedAt === null ? null : <Running since={build.startedAt} />}
          {attempt}.
        </>
      )
    case 'done':
      return (
        <>
          <Icon name="check" className="-mt-0.5" /> Done{' '}
          {build.endedAt === null ? null : <Moment at={build.endedAt} />}
          {took}
          {attempt}.
        </>
      )
    case 'failed':
      return (
        <>
          <Icon name="close" className="text-wrong" />{' '}
          <strong className="font-semibold text-wrong">Failed</strong>
          {build.endedAt === null ? null : <Moment at={build.endedAt} />}
          {took}
          {attempt}.
        </>
      )
  }
}

function Running({ since }: { readonly since: number }) {
  return <span>for {useTicking((nowMs) => describeExactDuration(nowMs - since))}</span>
}
