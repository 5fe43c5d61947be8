import { Empty } from '../../parts/page-state.tsx'

export function EmptyBoard() {
  return (
    <Empty title="No service yet">
      <p>Sluice is running and has nothing to take care of. In the folder of a repository, type:</p>
      <pre className="mt-4 overflow-x-auto rounded-lg border border-line bg-paper p-4 font-mono text-sm leading-7 text-ink">
        <span className="text-ink-3 select-none">$ </span>sluice init
        <span className="text-ink-3"> # proposes a config</span>
        {'\n'}
        <span className="text-ink-3 select-none">$ </span>sluice add .
        <span className="text-ink-3"> # puts it on this board</span>
      </pre>
      <p className="mt-4">The head of its branch becomes release #1 and appears here by itself.</p>
    </Empty>
  )
}
