// Plans on disk: `plans/<service>/<stage>/<generation>.json`, the highest generation counts. A generation is linked
// into place once and never written again, so that a slow writer with an old plan can neither tear nor replace a
// newer one, without any lock.
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../domain/names.ts'
import { environmentSchema, fencedPlanSchema, samePlan, staleness } from './wire.ts'
import type { FencedPlan, PlanAnswer } from './wire.ts'

const DIGITS = 16
/** The last one before stays as well: should the newest be unreadable, an old plan beats none. */
const KEPT = 2
/** Somebody else may put a plan between our look and our link; then we look again. */
const PUT_TRIES = 5

export type PlanFolder = {
  /** On disk, and synced, when it resolves with `in-force`. */
  put(asked: FencedPlan): Promise<PlanAnswer>
  read(environment: Environment): Promise<FencedPlan | undefined>
  readAll(): Promise<readonly FencedPlan[]>
}

/** `onUnreadable` is told of files that hold no plan; they are passed over. */
export function createPlanFolder(
  stateDir: string,
  onUnreadable: (file: string, error: unknown) => void = () => {},
): PlanFolder {
  const root = join(stateDir, 'plans')

  async function put(asked: FencedPlan, tries = PUT_TRIES): Promise<PlanAnswer> {
    const folder = folderOf(root, asked.plan.environment)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const known = await newest(folder)
    const stale = staleness(known, asked)
    if (stale !== undefined) return stale
    const unchanged = known !== undefined && samePlan(known.plan, asked.plan)
    if (!unchanged && !(await linkIntoPlace(folder, asked))) {
      if (tries > 1) return put(asked, tries - 1)
      throw new Error(
        `${join(folder, fileName(asked.plan.generation))} is there but holds no plan; delete it`,
      )
    }
    await forgetOld(folder)
    return { state: 'in-force', generation: asked.plan.generation }
  }

  async function newest(folder: string): Promise<FencedPlan | undefined> {
    for (const name of (await generations(folder)).toReversed()) {
      try {
        return fencedPlanSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))
      } catch (error) {
        onUnreadable(join(folder, name), error)
      }
    }
    return undefined
  }

  async function readAll(): Promise<readonly FencedPlan[]> {
    const plans: FencedPlan[] = []
    for (const service of await entries(root)) {
      for (const stage of await entries(join(root, service))) {
        const plan = await newest(join(root, service, stage))
        if (plan !== undefined) plans.push(plan)
      }
    }
    return plans
  }

  return { put: (asked) => put(asked), readAll, read: (environment) => newest(folderOf(root, environment)) }
}

function folderOf(root: string, environment: Environment): string {
  const { service, stage } = environmentSchema.parse(environment)
  return join(root, service, stage)
}

/** False when this generation is there already, put by somebody else in between. */
async function linkIntoPlace(folder: string, plan: FencedPlan): Promise<boolean> {
  const scratch = join(folder, `.new-${randomBytes(6).toString('hex')}`)
  const file = await open(scratch, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(plan)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(scratch, join(folder, fileName(plan.plan.generation)))
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await unlink(scratch)
  }
  await syncFolder(folder)
  return true
}

/** The name in the folder must survive a power cut as well as the content. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function forgetOld(folder: string): Promise<void> {
  for (const name of (await generations(folder)).slice(0, -KEPT)) {
    await unlink(join(folder, name)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error
    })
  }
}

function fileName(generation: number): string {
  return `${String(generation).padStart(DIGITS, '0')}.json`
}

async function generations(folder: string): Promise<readonly string[]> {
  return (await entries(folder)).filter((name) => /^\d{16}\.json$/.test(name)).toSorted()
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return []
    throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
