// Where each value of a configuration comes from.
import { join } from 'node:path'
import type { CliWork } from '../../cli/parts.ts'
import { type ConfigPath, writePath } from '../../config/config-mistake.ts'
import { CONFIG_NAMES, findConfigs } from '../../config/load/find-config.ts'
import { explainConfig } from '../../config/load/load-config.ts'

type Explained = Awaited<ReturnType<CliWork['configExplain']>>

export async function configExplain({
  folder,
  file,
  path: wanted,
}: Parameters<CliWork['configExplain']>[0]): Promise<Explained> {
  const [found] = file === null ? await findConfigs(folder) : [file]
  const config = found ?? join(folder, CONFIG_NAMES[0])
  const explained = await explainConfig(config)
  if (!explained.ok)
    return {
      values: [],
      problems: explained.mistakes.map(({ file: inFile, line, column, message }) => ({
        file: inFile,
        line,
        column,
        text: message,
      })),
    }
  const path = pathOf(wanted, explained.value)
  const below = path === undefined ? undefined : valueAt(explained.value, path)
  if (path === undefined || below === undefined)
    return {
      values: [],
      problems: [
        {
          file: config,
          line: null,
          column: null,
          text: `says nothing of ${wanted}: it has its default, which sluice config example tells`,
        },
      ],
    }
  return {
    problems: [],
    values: leaves(below, path).map(({ at, value }) => ({
      path: writePath(at),
      value,
      from: explained.placeOf(at),
    })),
  }
}

/** `services.shop.pipeline.staging.bake`: a stage may be named instead of counted. Undefined where nothing is there. */
function pathOf(text: string, whole: unknown): ConfigPath | undefined {
  const path: (string | number)[] = []
  let value = whole
  for (const part of text.split(/[.[\]]/).filter((one) => one !== '')) {
    const key = Array.isArray(value) ? placeIn(value, part) : part
    if (key === undefined) return undefined
    path.push(key)
    value = valueAt(value, [key])
    if (value === undefined) return undefined
  }
  return path
}

function placeIn(list: readonly unknown[], part: string): number | undefined {
  if (/^\d+$/.test(part)) return Number(part)
  const place = list.findIndex(
    (item) => valueAt(item, ['stage']) === part || valueAt(item, ['check']) === part,
  )
  return place < 0 ? undefined : place
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let inner = value
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return undefined
    inner = new Map<string, unknown>(Object.entries(inner)).get(String(part))
  }
  return inner
}

type Leaf = { readonly at: ConfigPath; readonly value: unknown }

/** Everything that is no object or list of objects itself; `defaults` are told where they are used. */
function leaves(value: unknown, at: ConfigPath): readonly Leaf[] {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object'))
    return value.flatMap((item, index) => leaves(item, [...at, index]))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ at, value }]
  return Object.entries(value)
    .filter(([key]) => at.length > 0 || (key !== 'defaults' && key !== 'extends'))
    .flatMap(([key, inner]) => leaves(inner, [...at, key]))
}
