// How Node is to run the processes that the keeper starts.
import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

/**
 * Flags of the server's process. Young objects get little room, in megabytes: a server that watches ten thousand
 * services needs a quarter less memory that way, and no more time.
 */
export const SERVER_FLAGS: readonly string[] = ['--max-semi-space-size=8']

/**
 * From here on old objects are looked through when they grew by so many percent, rather than when they doubled: a third
 * less memory and shorter pauses. Not from the start, where everything is read and nothing can be thrown away.
 */
export function keepMemorySmall(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWS_PERCENT}`)
}

const HEAP_GROWS_PERCENT = 40

/** Each sync of a slow disk keeps a thread busy; reading a file must not wait behind a few of them. */
export const FILE_THREADS = 16

/** The keeper's own, and where the engine keeps what it compiled: half of a start is reading and compiling the program. */
export function childEnvironment(compiled: string): NodeJS.ProcessEnv {
  return { UV_THREADPOOL_SIZE: String(FILE_THREADS), NODE_COMPILE_CACHE: compiled, ...process.env }
}

/** Whoever is killed writes nothing at its end: what was compiled is kept soon after the start. */
export function keepCompiled(): void {
  setTimeout(() => flushCompileCache(), KEEP_COMPILED_MS).unref()
}

const KEEP_COMPILED_MS = 1_000
