// The stream of `changed` events, kept open for as long as the page lives. It says when it is cut, and comes back by
// itself: EventSource tries again after a lost connection, and this file does after an answer that was not a stream.
export type StreamState =
  | { readonly is: 'opening' }
  | { readonly is: 'live' }
  | { readonly is: 'cut'; readonly since: number }

const againMs = 3000

export function createLiveStream(options: {
  readonly address: string
  readonly now: () => number
  /** Called for every change, and after every reconnection, since changes may have been missed. */
  readonly onChanged: () => void
}): {
  readonly state: () => StreamState
  readonly subscribe: (listener: () => void) => () => void
  readonly close: () => void
} {
  const listeners = new Set<() => void>()
  let state: StreamState = { is: 'opening' }
  let source: EventSource | null = null
  let again: ReturnType<typeof setTimeout> | null = null

  const become = (next: StreamState) => {
    state = next
    for (const listener of listeners) listener()
  }
  const connect = () => {
    again = null
    source = new EventSource(options.address)
    source.addEventListener('open', () => {
      const wasCut = state.is === 'cut'
      become({ is: 'live' })
      if (wasCut) options.onChanged()
    })
    source.addEventListener('changed', options.onChanged)
    source.addEventListener('error', () => {
      if (state.is !== 'cut') become({ is: 'cut', since: options.now() })
      if (source?.readyState !== EventSource.CLOSED) return
      source.close()
      again ??= setTimeout(connect, againMs)
    })
  }
  connect()

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      source?.close()
      if (again !== null) clearTimeout(again)
    },
  }
}
