// What a change touches, and what of it people want to know before many changes go at once.

export type TouchedFile = {
  readonly path: string
  /** Lines; null for what is not text. */
  readonly added: number | null
  readonly removed: number | null
}

export type Touched = {
  /** At most `FILES_KEPT_MAX`, as the source lists them. */
  readonly files: readonly TouchedFile[]
  /** All of them, also those that are not kept. */
  readonly count: number
  readonly added: number
  readonly removed: number
}

export const FILES_KEPT_MAX = 2_000

export type RiskKind = 'migration' | 'config' | 'dependency'
export type RiskNote = { readonly kind: RiskKind; readonly text: string; readonly files: readonly string[] }

const FILES_SHOWN_MAX = 20
const FILES_SAID_MAX = 2

/** Looked for in this order; a file counts once. */
const KINDS: readonly { readonly kind: RiskKind; readonly says: string; readonly is: RegExp }[] = [
  {
    kind: 'migration',
    says: 'changes the database',
    is: /(^|\/)(migrations?|db\/migrate|alembic\/versions|flyway|liquibase|prisma)\/|(^|\/)(schema\.(sql|prisma|rb)|structure\.sql)$|\.sql$/i,
  },
  {
    kind: 'dependency',
    says: 'changes what it depends on',
    is: /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|Cargo\.(toml|lock)|go\.(mod|sum)|requirements[^/]*\.(txt|in)|Pipfile(\.lock)?|pyproject\.toml|poetry\.lock|uv\.lock|setup\.(py|cfg)|Gemfile(\.lock)?|composer\.(json|lock)|pom\.xml|build\.gradle(\.kts)?|gradle\.lockfile|libs\.versions\.toml|mix\.(exs|lock)|packages\.lock\.json|[^/]+\.csproj|Directory\.Packages\.props|pubspec\.(yaml|lock)|Package\.resolved)$|^\.gitmodules$/,
  },
  {
    kind: 'config',
    says: 'changes configuration',
    is: /(^|\/)(config|configs|settings|deploy|k8s|helm|charts|terraform|ansible)\/|(^|\/)(sluice\.config\.[cm]?[jt]s|sluice\.ya?ml|Dockerfile[^/]*|(docker-)?compose[^/]*\.ya?ml|Procfile|nginx\.conf|haproxy\.cfg|\.env(\.[^/]+)?)$|\.(tf|tfvars|hcl|ini|conf|properties|env)$|(^|\/)(application|appsettings)[^/]*\.(ya?ml|json|properties)$/i,
  },
]

export function risksOf(files: readonly TouchedFile[]): readonly RiskNote[] {
  const found = new Map<RiskKind, string[]>()
  for (const { path } of files) {
    const kind = KINDS.find(({ is }) => is.test(path))?.kind
    if (kind) found.set(kind, [...(found.get(kind) ?? []), path])
  }
  return KINDS.flatMap(({ kind, says }) => {
    const paths = found.get(kind)
    return paths ? [{ kind, text: `it ${says}: ${said(paths)}`, files: paths.slice(0, FILES_SHOWN_MAX) }] : []
  })
}

function said(paths: readonly string[]): string {
  const more = paths.length - FILES_SAID_MAX
  return `${paths.slice(0, FILES_SAID_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
