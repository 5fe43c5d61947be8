// One build, from checkout to artifact. Every way it can end is a result; nothing is thrown.
import { chmod, mkdir, readdir, realpath, rm, stat, statfs } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { releaseWord } from '../../../domain/release-number.ts'
import type { BuildRecipe, RunRecipe } from '../../../domain/pipeline/definition.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { HardCodedAddress } from '../../../domain/pipeline/stage-addresses.ts'
import type { BuildRequest } from '../../../ports/builder.ts'
import type { Checkout } from '../../../ports/checkout.ts'
import type { CommandEnd, CommandRunner } from '../../../ports/command-runner.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { BuildPlaces, BuildResult } from './build-records.ts'
import { findAddresses } from './find-addresses.ts'
import type { KeptLog } from './kept-log.ts'

export type Recipes = { readonly build: BuildRecipe; readonly run: RunRecipe }

export type BuildParts = {
  readonly checkout: Checkout
  readonly artifacts: ArtifactStore
  readonly runner: CommandRunner
  /** Recipes of the commit's own config file; null where it has none. Throws what is wrong with that file. */
  readonly readRecipe: (folder: string, service: string) => Promise<Recipes | null>
}

export type Build = {
  readonly request: BuildRequest
  readonly places: BuildPlaces
  /** Survives builds; shared by those of one service. */
  readonly cache: string
  readonly log: KeptLog
  readonly signal: AbortSignal
}

/** Below this a failed command is put down to the disk. */
const freeBytesMin = 16 * 1024 * 1024

/** Null: it was stopped, and did not end in any way of its own. */
export async function runBuild(parts: BuildParts, build: Build): Promise<BuildResult | null> {
  const result = await tryBuild(parts, build).catch((error: unknown) => failed('builder', messageOf(error)))
  if (build.signal.aborted) return null
  return result
}

async function tryBuild(parts: BuildParts, build: Build): Promise<BuildResult> {
  const { request, places, log } = build
  await mkdir(places.checkout, { recursive: true })
  await parts.checkout.checkOut({ ...request, folder: places.checkout, signal: build.signal })
  const recipes = await recipesOf(parts, build)
  if ('state' in recipes) return recipes
  if (request.added) return await takeAdded(parts, build, recipes.run, request.added)
  if (recipes.build.elsewhere)
    return failed(
      'code',
      `The config of ${request.sha.slice(0, 10)} says that it is built elsewhere, and the one in force that it is built here; there is nothing to run. The next commit is built.`,
    )
  if (recipes.build.command !== null) {
    await log.note(`runs: ${recipes.build.command}`)
    const fault = await faultOf(await runCommand(parts, build, recipes.build), build, recipes.build)
    if (fault !== null) {
      await log.note(fault.message)
      return fault
    }
  }
  return await storeOutput(parts, build, recipes)
}

/** The commit's own recipes win, so that a release is always built by the recipe it was written with. */
async function recipesOf(parts: BuildParts, build: Build): Promise<Recipes | BuildResult> {
  const { request, places } = build
  try {
    const own = await parts.readRecipe(places.checkout, request.service)
    return own ?? { build: request.build, run: request.run }
  } catch (error) {
    const message = `The config file of ${request.sha.slice(0, 10)} cannot be used: ${messageOf(error)}`
    await build.log.note(message)
    return failed('code', message)
  }
}

async function runCommand(parts: BuildParts, build: Build, recipe: BuildRecipe): Promise<CommandEnd> {
  const { request, places, cache } = build
  await mkdir(join(cache, 'npm'), { recursive: true })
  return await parts.runner.run({
    command: recipe.command ?? '',
    cwd: join(places.checkout, recipe.folder ?? '.'),
    room: places.room,
    env: {
      CI: 'true',
      npm_config_cache: join(cache, 'npm'),
      ...recipe.env,
      SLUICE_SERVICE: request.service,
      SLUICE_RELEASE: releaseWord(request.release),
      SLUICE_SHA: request.sha,
      SLUICE_CACHE: cache,
    },
    limitMs: recipe.limitMs,
    signal: build.signal,
    onOutput: (bytes) => build.log.write(bytes),
  })
}

async function faultOf(
  end: CommandEnd,
  build: Build,
  recipe: BuildRecipe,
): Promise<Extract<BuildResult, { readonly state: 'failed' }> | null> {
  if (end.ended === 'code' && end.code === 0) return null
  const words = build.log.lastWords()
  const said = words === '' ? '' : ` The end of its log: ${words}`
  if (end.ended === 'limit') {
    return failed('limit', `The build did not end within ${recipe.limitMs / 1000} s and was stopped.${said}`)
  }
  if (end.ended === 'stopped') return failed('builder', 'The build was stopped.')
  if (await isDiskFull(build.places.folder)) {
    return failed('builder', 'The build failed, and there is no disk space left. Free some.')
  }
  if (end.ended === 'code') return failed('code', `The build command ended with code ${end.code}.${said}`)
  // Killed from outside, most likely for its memory; a crash of its own is the change's.
  const fault = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'].includes(end.signal) ? 'builder' : 'code'
  return failed(fault, `The build command was ended by ${end.signal}.${said}`)
}

async function storeOutput(parts: BuildParts, build: Build, recipes: Recipes): Promise<BuildResult> {
  const { folder = '.', output: name } = recipes.build
  const output = await outputFolder(build.places.checkout, join(folder, name))
  if (typeof output !== 'string') {
    await build.log.note(output.message)
    return output
  }
  try {
    const hardCoded = await addressesIn(output, build)
    const { digest, sizeBytes } = await parts.artifacts.put(output)
    const found = hardCoded.length === 0 ? {} : { hardCoded }
    return { state: 'done', artifact: digest, run: recipes.run, sizeBytes, ...found }
  } catch (error) {
    const isOfTheBuild = error instanceof PortFailure && error.again === 'never'
    return failed(isOfTheBuild ? 'code' : 'builder', messageOf(error))
  }
}

/** What was built elsewhere is taken as it is; only its addresses are looked at, in a copy. */
async function takeAdded(
  { artifacts }: BuildParts,
  build: Build,
  run: RunRecipe,
  { artifact, sizeBytes }: NonNullable<BuildRequest['added']>,
): Promise<BuildResult> {
  const { request, places, log } = build
  await log.note(`takes ${artifact}, which was built elsewhere and added`)
  if (!(await artifacts.has(artifact)))
    return failed(
      'builder',
      `The artifact ${artifact} that was added for ${request.sha.slice(0, 10)} is no longer kept. Add it once more.`,
    )
  if ((request.addresses ?? []).length === 0) return { state: 'done', artifact, run, sizeBytes }
  const copy = join(places.room, 'added')
  await artifacts.lay(artifact, copy)
  const hardCoded = await addressesIn(copy, build)
  return { state: 'done', artifact, run, sizeBytes, ...(hardCoded.length === 0 ? {} : { hardCoded }) }
}

/** Told, and never a reason to fail: what cannot be looked at is not found. */
async function addressesIn(
  output: string,
  { request, log, signal }: Build,
): Promise<readonly HardCodedAddress[]> {
  const found = await findAddresses(output, request.addresses ?? [], signal).catch(() => [])
  for (const { file, line, host, stage } of found)
    await log.note(`${file}:${line} holds ${host}, an address of ${stage}; all stages get this file`)
  return found
}

/** Where the output really is; links in its path may not lead out of the checkout. */
async function outputFolder(
  checkout: string,
  output: string,
): Promise<string | Extract<BuildResult, { readonly state: 'failed' }>> {
  try {
    const root = await realpath(checkout)
    const folder = await realpath(join(root, output))
    if (folder !== root && !folder.startsWith(root + sep)) {
      return failed('code', `The output ${output} leads out of the checkout.`)
    }
    if ((await stat(folder)).isDirectory()) return folder
    return failed('code', `The output ${output} is not a folder.`)
  } catch {
    return failed('code', `The build made no folder ${output}. Check build.output.`)
  }
}

async function isDiskFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < freeBytesMin
}

/** A build may leave folders that even their owner cannot list or empty. */
export async function clearRoom(room: string): Promise<void> {
  try {
    await rm(room, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    await openFolders(room)
    await rm(room, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name))
  }
}

function failed(
  fault: 'code' | 'builder' | 'limit',
  message: string,
): Extract<BuildResult, { readonly state: 'failed' }> {
  return { state: 'failed', fault, message }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
