import type { ReactNode } from 'react'
import { Empty, Failed, Loading } from './page-state.tsx'
import { ServiceHeader, StagePicker } from './service-header.tsx'

/** A page of a service that shows one of its stages: which one, and what is there until its view has come. */
export function StagePage<View>(page: {
  readonly service: string
  /** False: the server knows no such service. */
  readonly isKnown: boolean
  readonly stages: readonly string[]
  readonly stage: string | null
  readonly onStage: (stage: string) => void
  /** What is loaded, as in the middle of a sentence. */
  readonly what: string
  readonly query: {
    readonly data: View | undefined
    readonly error: Error | null
    readonly refetch: () => unknown
  }
  readonly show: (view: View) => ReactNode
}) {
  const { data: view, error, refetch } = page.query
  if (!page.isKnown)
    return <Empty title={`There is no service ${page.service}`}>The board lists those there are.</Empty>
  return (
    <>
      <ServiceHeader service={page.service} />
      <StagePicker stages={page.stages} stage={page.stage ?? ''} onChange={page.onStage} />
      {view !== undefined ? (
        page.show(view)
      ) : error === null ? (
        <Loading what={page.what} />
      ) : (
        <Failed
          what={page.what.slice(0, 1).toUpperCase() + page.what.slice(1)}
          text={error.message}
          onAgain={() => void refetch()}
        />
      )}
    </>
  )
}
