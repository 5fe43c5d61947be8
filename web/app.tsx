import { Outlet, useLocation } from '@tanstack/react-router'
import { type RefObject, useEffect, useRef } from 'react'
import { useSignInNeeded } from './data/queries.ts'
import { ActDialogs } from './pages/act/act-dialogs.tsx'
import { SignInPage } from './pages/session/sign-in-page.tsx'
import { Announcer } from './parts/frame/announcer.tsx'
import { Header } from './parts/frame/header.tsx'
import { ShortcutsDialog } from './parts/frame/shortcuts-dialog.tsx'
import { StaleBar } from './parts/frame/stale-bar.tsx'

/** What is around every page. */
export function App() {
  const isSignInNeeded = useSignInNeeded()
  const page = useRef<HTMLElement>(null)
  useFocusOnArrival(page)
  return (
    <>
      <a
        href="#page"
        className="sr-only z-50 rounded bg-ink px-3 py-2 text-page focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <Header isBare={isSignInNeeded} />
      {isSignInNeeded ? null : <StaleBar />}
      <main
        ref={page}
        id="page"
        tabIndex={-1}
        className="mx-auto max-w-[90rem] px-4 py-5 outline-none sm:px-6"
      >
        {isSignInNeeded ? <SignInPage /> : <Outlet />}
      </main>
      {isSignInNeeded ? null : (
        <>
          <ActDialogs />
          <ShortcutsDialog />
          <Announcer />
        </>
      )}
    </>
  )
}

/** Another page begins at its beginning, for the keyboard and for screen readers too. */
function useFocusOnArrival(page: RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    page.current?.focus({ preventScroll: true })
  }, [pathname, page])
}
