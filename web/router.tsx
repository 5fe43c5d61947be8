import {
  type ErrorComponentProps,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { App } from './app.tsx'
import { BoardPage } from './pages/board/board-page.tsx'
import { Empty, Failed } from './parts/page-state.tsx'

const root = createRootRoute({
  component: App,
  notFoundComponent: () => <Empty title="No such page">The board is one step up.</Empty>,
})

const board = createRoute({ getParentRoute: () => root, path: '/', component: BoardPage })

// Only the board must be there at once; the other pages come when they are asked for.
const service = createRoute({
  getParentRoute: () => root,
  path: '/services/$service',
  component: lazyRouteComponent(() => import('./pages/service/service-page.tsx'), 'ServicePage'),
})

/** The last stage when none is named. */
function stageSearch(search: Record<string, unknown>): { readonly stage?: string } {
  return typeof search['stage'] === 'string' ? { stage: search['stage'] } : {}
}

const traffic = createRoute({
  getParentRoute: () => root,
  path: '/services/$service/traffic',
  validateSearch: stageSearch,
  component: lazyRouteComponent(() => import('./pages/traffic/traffic-page.tsx'), 'TrafficPage'),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/services/$service/settings',
  validateSearch: stageSearch,
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
})

const releases = createRoute({
  getParentRoute: () => root,
  path: '/services/$service/releases',
  component: lazyRouteComponent(() => import('./pages/release/releases-page.tsx'), 'ReleasesPage'),
})

const release = createRoute({
  getParentRoute: () => root,
  path: '/services/$service/releases/$release',
  component: lazyRouteComponent(() => import('./pages/release/release-page.tsx'), 'ReleasePage'),
})

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): { readonly service?: string } =>
    typeof search['service'] === 'string' ? { service: search['service'] } : {},
  component: lazyRouteComponent(() => import('./pages/audit/audit-page.tsx'), 'AuditPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([board, service, releases, release, traffic, settings, audit]),
  scrollRestoration: true,
  defaultErrorComponent: Broken,
})

/** The page itself failed: say so instead of going white. */
function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Failed what="This page" text={error instanceof Error ? error.message : String(error)} onAgain={reset} />
  )
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
