import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import type { ConfigPath } from '../config-mistake.ts'
import { locateInYaml } from './locate-in-yaml.ts'

const SOURCE = `# first
services:
  shop:
    run: &run { command: node ., health: /up }
    "pipeline":
      - stage: staging
      - stage: production
        rollout: [one-box, {step: 25%}]
  other:
    run: *run
`

test.each<[ConfigPath, 'key' | 'value', number, number]>([
  [['services'], 'key', 2, 1],
  [['services', 'shop', 'run', 'health'], 'value', 4, 42],
  [['services', 'shop', 'pipeline'], 'key', 5, 5],
  [['services', 'shop', 'pipeline', 1], 'value', 7, 9],
  [['services', 'shop', 'pipeline', 1, 'rollout', 1, 'step'], 'value', 8, 35],
  [['services', 'other', 'run', 'command'], 'value', 4, 26],
  [['services', 'other', 'pipeline'], 'key', 9, 3],
])('%j (%s) is at %i:%i', (path, at, line, column) => {
  expect(locateInYaml(parseDocument(SOURCE), SOURCE, path, at)).toEqual({ line, column })
})
