// What `npm run demo` and `npm test` need before they can begin: the packages, a Node that runs the sources, the web
// page. Plain syntax, for a fresh clone is prepared by whatever Node the machine has.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const NODE_MIN = [22, 18]

/** Runs a program in the repository, with what the repository brings first in its PATH; ends everything if it fails. */
export function must(what, command, args) {
  const { status, error } = runHere(command, args)
  if (status === 0) return
  console.error(`\n${what} failed${error ? `: ${error.message}` : ''}.`)
  process.exit(1)
}

export function runHere(command, args, options) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment(), ...options })
}

function environment() {
  return { ...process.env, PATH: `${bin}:${process.env.PATH}` }
}

export function install() {
  if (isInstalled()) return
  console.log('Installing the packages (npm install) …')
  // Not `npm ci`: it refuses a lockfile that lacks the optional binaries of systems other than the one it was made on.
  must('npm install', 'npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** npm leaves this file when it is done; a folder without it is half an installation. */
function isInstalled() {
  return existsSync(join(root, 'node_modules', '.package-lock.json'))
}

/** The repository's own Node, else the machine's where that is new enough. */
export function findNode() {
  const own = join(bin, 'node')
  if (existsSync(own)) return own
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return process.execPath
  console.error(
    `This needs Node >= ${NODE_MIN.join('.')}, and this is ${process.versions.node}. The packages bring one for Linux (glibc);\n` +
      'on other systems, or after npm install --omit=optional, install Node 24 and try again.',
  )
  return process.exit(1)
}

/** Builds the web page unless what was built is newer than every source of it. */
export function buildPage() {
  const built = join(root, 'dist', 'web', 'index.html')
  const sources = [join(root, 'web'), join(root, 'src', 'api'), join(root, 'package-lock.json')]
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources.map(newestIn))) return
  console.log('Building the web page …')
  must('the build of the web page', join(bin, 'vite'), ['build', 'web', '--logLevel', 'warn'])
}

function newestIn(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))))
}

/** Hands the terminal over, Ctrl-C included, and ends as the program ends. */
export function become(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: environment() })
  // The terminal tells the child too; what we must not do is die before it has cleaned up.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}
