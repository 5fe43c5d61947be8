// Ticks as they lie on the disk, for whoever only looks: nothing is opened for writing, and no torn end is mended, so that
// a server may go on writing meanwhile.
import type { Tick } from '../../../domain/analysis/tick.ts'
import type { Environment, EpochMs } from '../../../domain/names.ts'
import { environmentFolder } from './environment-folder.ts'
import { lastTick, listSegments, readSegment } from './segments.ts'

/** Those of an environment since a time, file by file, in order; none where nothing was recorded. */
export async function* recordedTicks(
  folder: string,
  environment: Environment,
  since: EpochMs,
): AsyncGenerator<readonly Tick[]> {
  for (const { path } of await listSegments(environmentFolder(folder, environment))) {
    const { tick } = await lastTick(path)
    if (tick === undefined || tick.at < since) continue
    yield (await readSegment(path, Number.POSITIVE_INFINITY, 0)).filter(({ at }) => at >= since)
  }
}
