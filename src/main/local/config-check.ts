import type { CliWork } from '../../cli/parts.ts'
import { writePath } from '../../config/config-mistake.ts'
import { backTestInWords } from '../../domain/analysis/alarms/back-test.ts'
import type { ServiceDefinition } from '../../domain/pipeline/definition.ts'
import { placesIn } from '../places.ts'
import { triedOnThePast } from '../tried-on-the-past.ts'
import { CONFIG_NAMES, findConfigs } from '../../config/load/find-config.ts'
import { loadConfig } from '../../config/load/load-config.ts'
import { join } from 'node:path'

type Checked = Awaited<ReturnType<CliWork['configCheck']>>

/** `state`: where a server of this machine keeps what it recorded; alarms are tried on that. */
export async function configCheck(
  state: string,
  { folder, file }: Parameters<CliWork['configCheck']>[0],
): Promise<Checked> {
  const [first, second] = file === null ? await findConfigs(folder) : [file]
  const path = first ?? join(folder, CONFIG_NAMES[0])
  if (second !== undefined)
    return {
      file: path,
      services: [],
      notes: [],
      problems: [
        {
          file: second,
          line: null,
          column: null,
          text: `is a second configuration beside ${path}; keep one`,
        },
      ],
    }
  const loaded = await loadConfig(path)
  if (loaded.ok)
    return {
      file: path,
      services: loaded.config.services.map(({ service }) => service),
      problems: [],
      notes: [
        ...loaded.notes.map(({ file: inFile, line, column, path: at, message }) => ({
          file: inFile,
          line,
          column,
          text: `${writePath(at)} ${message}`,
        })),
        ...(await alarmNotes(state, path, loaded.config.services)),
      ],
    }
  return {
    file: path,
    services: [],
    notes: [],
    problems: loaded.mistakes.map((mistake) => ({
      file: mistake.file,
      line: mistake.line,
      column: mistake.column,
      text: `${writePath(mistake.path)} ${mistake.message}${mistake.suggestion === null ? '' : `; did you mean ${mistake.suggestion}?`}`.trim(),
    })),
  }
}

async function alarmNotes(
  state: string,
  file: string,
  services: readonly ServiceDefinition[],
): Promise<Checked['notes']> {
  const notes: Checked['notes'][number][] = []
  for (const { service, stages } of services)
    for (const stage of stages)
      for (const tested of await triedOnThePast(placesIn(state).ticks, service, stage, Date.now()))
        notes.push({
          file,
          line: null,
          column: null,
          text: `the alarm "${tested.alarm}" of ${service}/${stage.stage} ${backTestInWords(tested)}`,
        })
  return notes
}
