import { expect, test } from 'vitest'
import type { ConfigPath } from '../config-mistake.ts'
import { locateInSource } from './locate-in-source.ts'

/** The text from the found place to the end of the line. */
function textAt(source: string, path: ConfigPath, at: 'key' | 'value' = 'value'): string {
  const { line, column } = locateInSource(source, path, at)
  return (source.split('\n')[line - 1] ?? '').slice(column - 1)
}

const WHOLE = `// defineConfig({ services: { shop: { run: 'a comment' } } })
import { defineConfig } from 'sluice'

const text = "{ services: { shop: { run: 'a string' } } }"
/* services: { shop: */
export default defineConfig({
  services: {
    'my-shop': {
      build: \`npm \${[1, 2].map((n) => \`\${n}}\`).join('{')} ci\`,
      run: { command: "node 'a, b'.js", health: /* here */ '/healthz' },
      ["pipeline"]: [
        { stage: 'staging', bake: { for: '1h' } }, // }
        {
          stage: 'production',
          weight: 4 / 2, ratio: 1 / 3,
          rollout: ['one-box', { step: '25%', soak: 60 }],
          match: /[/}{'"]\\/}/g,
          when: (a: { b: string }) => ({ b: a }),
          last() { return { no: 1 } },
          window: { zone: 'UTC' } as const,
        } satisfies Stage,
      ],
    },
  },
} as Config)
`
const SHOP = ['services', 'my-shop'] as const
const PRODUCTION = [...SHOP, 'pipeline', 1] as const

test.each<[ConfigPath, 'key' | 'value', string]>([
  [[], 'value', '{'],
  [['services'], 'key', 'services: {'],
  [['services'], 'value', '{'],
  [SHOP, 'key', "'my-shop': {"],
  [[...SHOP, 'run', 'command'], 'value', `"node 'a, b'.js", health: /* here */ '/healthz' },`],
  [[...SHOP, 'run', 'health'], 'value', "'/healthz' },"],
  [[...SHOP, 'run', 'health'], 'key', "health: /* here */ '/healthz' },"],
  [[...SHOP, 'pipeline', 0, 'bake', 'for'], 'value', "'1h' } }, // }"],
  [PRODUCTION, 'value', '{'],
  [[...PRODUCTION, 'ratio'], 'key', 'ratio: 1 / 3,'],
  [[...PRODUCTION, 'rollout', 0], 'value', "'one-box', { step: '25%', soak: 60 }],"],
  [[...PRODUCTION, 'rollout', 1, 'soak'], 'value', '60 }],'],
  [[...PRODUCTION, 'match'], 'value', `/[/}{'"]\\/}/g,`],
  [[...PRODUCTION, 'when'], 'value', '(a: { b: string }) => ({ b: a }),'],
  [[...PRODUCTION, 'last'], 'key', 'last() { return { no: 1 } },'],
  [[...PRODUCTION, 'window', 'zone'], 'value', "'UTC' } as const,"],
])('%j (%s) is found in a config with comments, strings, templates and patterns', (path, at, text) => {
  expect(textAt(WHOLE, path, at)).toBe(text)
})

test.each<[ConfigPath, string]>([
  [[...PRODUCTION, 'bake', 'for'], '{'],
  [[...SHOP, 'run', 'missing'], 'run: { command'],
  [[...SHOP, 'pipeline', 7, 'stage'], '["pipeline"]: ['],
  [[...SHOP, 'build', 'deep', 'er'], 'build: `npm'],
])('what is not there, %j, is placed at the nearest key around it', (path, text) => {
  expect(textAt(WHOLE, path).startsWith(text)).toBe(true)
})

test('names are followed to where they were declared', () => {
  const source = `
const staging: Stage = { stage: 'staging', bake: 'x' }
const stages = [staging, { stage: 'production' }]
const run = 'node .'
const config = { services: { shop: { run, pipeline: stages } } }
export default config
`
  const shop = ['services', 'shop']
  expect(textAt(source, [...shop, 'pipeline', 0, 'bake'])).toBe("'x' }")
  expect(textAt(source, [...shop, 'pipeline', 1, 'stage'])).toBe("'production' }]")
  expect(textAt(source, [...shop, 'run'], 'key')).toBe('run, pipeline: stages } } }')
})

test('spreads are looked into, and what comes later wins', () => {
  const source = `
const base = { bake: '1h', watch: '2h' }
const early = [{ stage: 'a' }, { stage: 'b' }]
export default { services: { shop: {
  pipeline: [
    ...early,
    { ...base, bake: '3h' },
    ...late(),
    { stage: 'z' },
  ],
} } }
`
  const pipeline = ['services', 'shop', 'pipeline']
  expect(textAt(source, [...pipeline, 1, 'stage'])).toBe("'b' }]")
  expect(textAt(source, [...pipeline, 2, 'bake'])).toBe("'3h' },")
  expect(textAt(source, [...pipeline, 2, 'watch'])).toBe("'2h' }")
  // How many `late()` gives only shows when it runs.
  expect(textAt(source, [...pipeline, 4, 'stage'], 'key')).toBe('pipeline: [')
})

test('a name from another file is placed where it is used', () => {
  const source = `import { stages } from './stages.ts'
export default { services: { shop: { pipeline: stages } } }`
  expect(textAt(source, ['services', 'shop', 'pipeline', 0, 'stage'])).toBe('pipeline: stages } } }')
})

test('what the older kind of module exports is found too', () => {
  const source = `module.exports = { services: { shop: { run: 5 } } }`
  expect(textAt(source, ['services', 'shop', 'run'])).toBe('5 } } }')
})

test('the last of two equal keys counts, as it does when it runs', () => {
  expect(textAt(`export default { a: 1, a: 2 }`, ['a'])).toBe('2 }')
})

test.each([
  '',
  'export default',
  'export default {',
  '}}}{{{',
  'export default { a: [',
  '`${',
  "'",
  'export default ][',
])('broken text %j has a place all the same', (source) => {
  expect(locateInSource(source, ['a', 0, 'b'], 'value').line).toBe(1)
})

test('names that lead in a circle are given up', () => {
  const source = `const a = b\nconst b = a\nexport default { ...a, x: a }`
  expect(textAt(source, ['x', 'y'])).toBe('x: a }')
})
