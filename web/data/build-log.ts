// The tail of a build log: read from where the last read ended, once a second while the build runs, and kept short
// enough for a phone.
import { useEffect, useState } from 'react'
import { fetchBuildLog } from './client.ts'

export type BuildLog = {
  readonly text: string
  /** True when the beginning was left out. */
  readonly isCut: boolean
  readonly failure: string | null
}

const textMax = 200_000
const againMs = 1000
const nothing: BuildLog = { text: '', isCut: false, failure: null }

export function useBuildLog(wanted: {
  readonly service: string
  readonly release: number
  readonly attempt: number
  readonly isRunning: boolean
}): BuildLog {
  const { service, release, attempt, isRunning } = wanted
  const [log, setLog] = useState(nothing)
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | null = null
    let offset = 0
    const decoder = new TextDecoder()
    setLog(nothing)
    const read = async (): Promise<void> => {
      try {
        const { bytes, total, hasEnded } = await fetchBuildLog(service, release, offset)
        if (isOver) return
        offset += bytes.byteLength
        const more = decoder.decode(bytes, { stream: true })
        if (more !== '') setLog((before) => appendToLog(before, more))
        // A long log comes in pieces.
        if (bytes.byteLength > 0 && offset < total) return await read()
        if (hasEnded) return
      } catch (error) {
        if (isOver) return
        setLog((before) => ({ ...before, failure: error instanceof Error ? error.message : String(error) }))
      }
      if (isRunning) timer = setTimeout(() => void read(), againMs)
    }
    void read()
    return () => {
      isOver = true
      if (timer !== null) clearTimeout(timer)
    }
  }, [service, release, attempt, isRunning])
  return log
}

/** Adds text without the terminal's colour codes, and drops whole lines from the beginning when it grows too long. */
export function appendToLog(log: BuildLog, more: string): BuildLog {
  const whole = log.text + withoutColours(more)
  if (whole.length <= textMax) return { text: whole, isCut: log.isCut, failure: null }
  const from = whole.indexOf('\n', whole.length - textMax)
  return { text: whole.slice(from === -1 ? -textMax : from + 1), isCut: true, failure: null }
}

function withoutColours(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r\n/g, '\n')
}
