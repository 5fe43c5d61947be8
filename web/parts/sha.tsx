import { useEffect, useState } from 'react'
import { shortSha } from '../data/figures.ts'
import { Icon } from './icon.tsx'

const praisedMs = 1500

/** A commit's short name; a click copies the whole of it. */
export function Sha({ sha }: { readonly sha: string }) {
  const [isCopied, setIsCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setIsCopied(false), praisedMs)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = () =>
    void navigator.clipboard?.writeText(sha).then(
      () => setIsCopied(true),
      () => setIsCopied(false),
    )
  return (
    <button
      type="button"
      onClick={copy}
      title={sha}
      aria-label={isCopied ? 'Copied' : `Copy commit ${sha.slice(0, 7)}`}
      className="group/sha inline-flex items-center gap-1 rounded font-mono text-[13px] text-ink-2 hover:text-ink touch:min-h-11"
    >
      {shortSha(sha)}
      <Icon
        name={isCopied ? 'check' : 'copy'}
        className={`size-3.5 transition-opacity ${isCopied ? '' : 'opacity-0 group-hover/sha:opacity-100 group-focus-visible/sha:opacity-100'}`}
      />
    </button>
  )
}
