import { Link } from '@tanstack/react-router'
import { useMe } from '../../data/queries.ts'
import { type Theme, chooseNextTheme, useTheme } from '../../data/theme.ts'
import { buttonClass } from '../button.tsx'
import { Icon, type IconName } from '../icon.tsx'
import { openShortcuts } from './shortcuts-dialog.tsx'

const link =
  'inline-flex min-h-9 items-center rounded-md px-2.5 text-sm text-ink-2 hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink touch:min-h-11'

export function Header({ isBare }: { readonly isBare: boolean }) {
  const me = useMe().data
  return (
    <header>
      <div className="mx-auto flex h-13 max-w-[90rem] items-center gap-1 px-4 sm:px-6">
        <Link to="/" className="mr-2 flex min-h-11 items-center gap-2 font-semibold tracking-tight">
          <Mark /> Sluice
        </Link>
        {isBare ? null : (
          <nav aria-label="Pages" className="flex">
            <Link to="/" activeOptions={{ exact: true }} className={link}>
              Board
            </Link>
            <Link to="/audit" className={link}>
              Audit
            </Link>
          </nav>
        )}
        <div className="ml-auto flex items-center gap-1">
          {me === undefined ? null : (
            <span className="hidden px-1 text-sm text-ink-2 sm:inline">
              {me.name}
              {me.mayAct ? '' : ', may only look'}
            </span>
          )}
          {isBare ? null : (
            <button
              type="button"
              aria-label="Keyboard shortcuts"
              onClick={openShortcuts}
              className={`${buttonClass('quiet')} !px-2 max-sm:hidden touch:min-w-11`}
            >
              <kbd className="font-sans text-sm">?</kbd>
            </button>
          )}
          <ThemeSwitch />
        </div>
      </div>
    </header>
  )
}

const themes: Readonly<Record<Theme, { readonly icon: IconName; readonly word: string }>> = {
  system: { icon: 'screen', word: 'as the system' },
  light: { icon: 'sun', word: 'light' },
  dark: { icon: 'moon', word: 'dark' },
}

function ThemeSwitch() {
  const { icon, word } = themes[useTheme()]
  return (
    <button
      type="button"
      aria-label={`Colours: ${word}`}
      title={`Colours: ${word}`}
      onClick={chooseNextTheme}
      className={`${buttonClass('quiet')} !px-2 touch:min-w-11`}
    >
      <Icon name={icon} />
    </button>
  )
}

/** A gate over water. */
function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" fill="none">
      <path d="M3.5 2v16M16.5 2v16" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      <path d="M6.2 3.5h7.6v6H6.2z" fill="currentColor" />
      <path
        d="M6.2 13.2c1.3 1 2.5 1 3.8 0s2.5-1 3.8 0M6.2 16.700c1.3 1 2.5 1 3.8 0s2.5-1 3.8 0"
        className="stroke-moving"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </svg>
  )
}
