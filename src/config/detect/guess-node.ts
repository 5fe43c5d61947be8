// Repositories with a package.json.
import { z } from 'zod'
import { type Finding, found, type Guess, type Question, warning } from './guess.ts'
import type { RepoFiles } from './repo-files.ts'

const manifestSchema = z.object({
  name: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  packageManager: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  workspaces: z.unknown().optional(),
})

export type Manifest = z.output<typeof manifestSchema>

/** Null when there is none, or it is broken. */
export async function readManifest(repo: RepoFiles): Promise<Manifest | null> {
  if (!repo.paths.includes('package.json')) return null
  try {
    return manifestSchema.parse(JSON.parse((await repo.read('package.json')) ?? ''))
  } catch {
    return null
  }
}

type Installer = { readonly name: string; readonly install: string; readonly lockfile: string | null }

export async function guessNode(repo: RepoFiles): Promise<Guess | null> {
  const manifest = await readManifest(repo)
  if (manifest === null) return null
  const installer = findInstaller(manifest, repo.paths)
  const hasPackages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length > 0
  const steps = [
    ...(hasPackages ? [installer.install] : []),
    ...(manifest.scripts['build'] === undefined ? [] : [`${installer.name} run build`]),
  ]
  const start = findStart(manifest, installer, repo.paths)
  const lock = installer.lockfile
  const isLoose = hasPackages && lock === null
  return {
    what: 'a Node.js package',
    build: steps.length === 0 ? null : steps.join(' && '),
    run: start.run,
    readsPort: start.readsPort,
    // Not for the build, which needs what is only for developing.
    env: { NODE_ENV: 'production' },
    findings: [
      found(
        lock === null ? `a Node.js package` : `a Node.js package, installed with ${installer.name}`,
        lock ?? 'package.json',
      ),
      ...(isLoose ? [warning('without a lockfile two builds of one commit may differ', 'package.json')] : []),
      ...start.findings,
    ],
    questions: [...start.questions, ...workspaceQuestion(manifest, start.run)],
  }
}

function findInstaller(manifest: Manifest, paths: readonly string[]): Installer {
  const declared = /^(npm|pnpm|yarn|bun)@(\d+)/.exec(manifest.packageManager ?? '')
  const has = (name: string) => paths.includes(name)
  const lockfile = [
    'pnpm-lock.yaml',
    'yarn.lock',
    'bun.lock',
    'bun.lockb',
    'package-lock.json',
    'npm-shrinkwrap.json',
  ].find(has)
  const byLock = { p: 'pnpm', y: 'yarn', b: 'bun' }[
    lockfile?.startsWith('package') ? '' : (lockfile?.[0] ?? '')
  ]
  const name = declared?.[1] ?? byLock ?? 'npm'
  const lock = lockfile ?? null
  if (name === 'pnpm') return { name, install: 'pnpm install --frozen-lockfile', lockfile: lock }
  if (name === 'bun') return { name, install: 'bun install --frozen-lockfile', lockfile: lock }
  if (name === 'yarn') {
    const isClassic = declared === null ? !has('.yarnrc.yml') : Number(declared[2]) < 2
    return {
      name,
      install: `yarn install ${isClassic ? '--frozen-lockfile' : '--immutable'}`,
      lockfile: lock,
    }
  }
  return { name, install: lock === null ? 'npm install' : 'npm ci', lockfile: lock }
}

type Start = {
  readonly run: string | null
  readonly readsPort: boolean
  readonly findings: readonly Finding[]
  readonly questions: readonly Question[]
}

/** Servers that take their port from PORT without being told. */
const READS_PORT = /\b(next|nuxt|remix-serve|react-router-serve|nest|vinxi|astro|adonis|strapi)\b|\$\{?PORT\b/
const FOR_DEVELOPING =
  /\b(nodemon|next dev|vite(?! preview| build)|webpack serve|webpack-dev-server|react-scripts start|ng serve|nx serve|ts-node-dev|nuxt dev|astro dev)\b|--watch\b/

function findStart(manifest: Manifest, installer: Installer, paths: readonly string[]): Start {
  const script = manifest.scripts['start:prod'] === undefined ? 'start' : 'start:prod'
  const text = manifest.scripts[script]
  if (text !== undefined) return startFromScript(script, text, installer, manifest)
  const main = [
    manifest.main,
    'server.js',
    'server.mjs',
    'server.ts',
    'app.js',
    'index.js',
    'src/server.js',
    'src/index.js',
  ].find((path) => path !== undefined && paths.includes(path.replace(/^\.\//, '')))
  if (main !== undefined && !isStaticSite(manifest)) {
    return {
      run: `node ${main.replace(/^\.\//, '')}`,
      readsPort: false,
      findings: [found('started by its main file', main)],
      questions: [],
    }
  }
  return isStaticSite(manifest)
    ? startStatic(manifest)
    : { run: null, readsPort: false, findings: [], questions: [] }
}

function startFromScript(script: string, text: string, installer: Installer, manifest: Manifest): Start {
  const findings: Finding[] = [found(`started by its \`${script}\` script: ${text}`, 'package.json')]
  if (FOR_DEVELOPING.test(text)) {
    findings.push(warning(`the \`${script}\` script starts a server for developing: ${text}`, 'package.json'))
  }
  const hasHooks = manifest.scripts[`pre${script}`] !== undefined
  // Without npm between, the signal to end reaches the server itself.
  const isPlain = /^node [\w./ =:-]+$/.test(text) && !hasHooks
  const named = script === 'start' ? `${installer.name} start` : `${installer.name} run ${script}`
  return { run: isPlain ? text : named, readsPort: READS_PORT.test(text), findings, questions: [] }
}

function isStaticSite(manifest: Manifest): boolean {
  const packages = { ...manifest.dependencies, ...manifest.devDependencies }
  return ['vite', 'react-scripts', '@vue/cli-service', '@11ty/eleventy', 'parcel', 'gatsby'].some(
    (name) => name in packages,
  )
}

function startStatic(manifest: Manifest): Start {
  const packages = { ...manifest.dependencies, ...manifest.devDependencies }
  const output =
    'react-scripts' in packages
      ? 'build'
      : '@11ty/eleventy' in packages
        ? '_site'
        : 'gatsby' in packages
          ? 'public'
          : 'dist'
  const run = serveFolder(output)
  return {
    run,
    readsPort: true,
    findings: [found(`a site of files that a build writes to \`${output}\``, 'package.json')],
    questions: [{ about: 'run', text: `What serves the files in \`${output}\`?`, guess: run }],
  }
}

/** There on most machines, and enough to look at it; a server of one's own does better. */
export function serveFolder(folder: string): string {
  return `python3 -m http.server "$PORT" --bind 127.0.0.1 --directory ${folder}`
}

function workspaceQuestion(manifest: Manifest, run: string | null): readonly Question[] {
  if (manifest.workspaces === undefined || run !== null) return []
  return [
    {
      about: 'run',
      text: 'This repository holds several packages; which command starts the one to deploy?',
      guess: null,
    },
  ]
}
