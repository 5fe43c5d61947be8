import { useEffect } from 'react'

/** What the browser's tab says; the program alone when there is nothing to add. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    document.title = title === null ? 'Sluice' : `${title} · Sluice`
  }, [title])
}
