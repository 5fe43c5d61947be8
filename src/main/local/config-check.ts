import type { CliWork } from '../../cli/parts.ts'
import { writePath } from '../../config/config-mistake.ts'
import { CONFIG_NAMES, findConfigs } from '../../config/load/find-config.ts'
import { loadConfig } from '../../config/load/load-config.ts'
import { join } from 'node:path'

export async function configCheck({
  folder,
  file,
}: Parameters<CliWork['configCheck']>[0]): Promise<Awaited<ReturnType<CliWork['configCheck']>>> {
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
      notes: loaded.notes.map(({ file: inFile, line, column, path: at, message }) => ({
        file: inFile,
        line,
        column,
        text: `${writePath(at)} ${message}`,
      })),
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
