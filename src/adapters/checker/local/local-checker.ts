// Runs checks on this machine: commands in a copy of the artifact, and plain requests.
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { releaseWord } from '../../../domain/release-number.ts'
import type { CheckDefinition } from '../../../domain/pipeline/definition.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Checker, CheckRequest, CheckResult } from '../../../ports/checker.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { CommandEnd, CommandRunner } from '../../../ports/command-runner.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { checkByRequest } from './check-by-request.ts'
import { keptOutput } from './kept-output.ts'

export type LocalCheckerOptions = {
  /** Ours alone; each command check gets a folder in it, for as long as it runs. */
  readonly dir: string
  readonly clock: Clock
  readonly artifacts: ArtifactStore
  readonly runner: CommandRunner
}

type CommandCheck = Extract<CheckDefinition, { readonly kind: 'command' }>

const outputBytesMax = 256 * 1024

export function createLocalChecker(options: LocalCheckerOptions): Checker {
  let clearing: Promise<void> | null = null
  return {
    run: async (request) => {
      const { check, signal } = request
      try {
        refuseStopped(request)
        if (check.kind === 'http') return await checkByRequest({ ...request, check, clock: options.clock })
        // What checks left behind that were running when we died.
        clearing ??= rm(options.dir, { recursive: true, force: true })
        await clearing
        return await checkByCommand(options, request, check)
      } catch (error) {
        if (signal.aborted) refuseStopped(request)
        throw ownTrouble(error, check.check)
      }
    },
  }
}

function refuseStopped({ check, signal }: CheckRequest): void {
  if (!signal.aborted) return
  throw new PortFailure(`The check ${check.check} was called off before it ended.`, {
    code: 'check/stopped',
    again: 'retry',
  })
}

function ownTrouble(error: unknown, check: string): PortFailure {
  if (error instanceof PortFailure) return error
  const why = error instanceof Error ? error.message : String(error)
  return new PortFailure(`The check ${check} could not be run: ${why}`, {
    code: 'check/cannot-run',
    again: 'retry',
    cause: error,
  })
}

async function checkByCommand(
  options: LocalCheckerOptions,
  request: CheckRequest,
  check: CommandCheck,
): Promise<CheckResult> {
  const room = join(options.dir, randomUUID())
  const copy = join(room, 'artifact')
  const output = keptOutput(outputBytesMax)
  try {
    await mkdir(room, { recursive: true })
    await options.artifacts.lay(request.artifact, copy)
    const end = await options.runner.run({
      command: check.command,
      cwd: copy,
      room,
      env: checkEnvironment(request),
      limitMs: check.limitMs,
      signal: request.signal,
      onOutput: (bytes) => output.push(bytes),
    })
    if (end.ended === 'stopped') refuseStopped(request)
    return {
      passed: end.ended === 'code' && end.code === 0,
      message: messageOf(check, end),
      output: output.text(),
    }
  } finally {
    await rm(room, { recursive: true, force: true, maxRetries: 3 })
  }
}

function checkEnvironment(request: CheckRequest): Record<string, string> {
  return {
    ...request.env,
    SLUICE_URL: request.url,
    SLUICE_RELEASE: releaseWord(request.release),
    SLUICE_SERVICE: request.environment.service,
    SLUICE_STAGE: request.environment.stage,
    SLUICE_SHA: request.sha,
    // Empty on a first release.
    SLUICE_BASE_SHA: request.baseSha ?? '',
  }
}

function messageOf(check: CommandCheck, end: CommandEnd): string {
  switch (end.ended) {
    case 'code':
      return end.code === 0 ? `${check.check} passed.` : `${check.check} ended with code ${end.code}.`
    case 'signal':
      return `${check.check} was ended by ${end.signal}.`
    case 'limit':
      return `${check.check} did not end within ${check.limitMs / 1000} s and was stopped.`
    case 'stopped':
      return `${check.check} was called off.`
  }
}
