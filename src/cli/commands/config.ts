import { Command } from 'commander'
import { type Cli, define } from '../define.ts'
import { EXIT } from '../failure.ts'
import type { ConfigProblem } from '../parts.ts'

export function configCommand(cli: Cli): Command {
  return new Command('config')
    .description('The configuration: check it, see an example, get its schema')
    .addCommand(checkCommand(cli))
    .addCommand(explainCommand(cli))
    .addCommand(exampleCommand(cli))
    .addCommand(schemaCommand(cli))
}

function checkCommand(cli: Cli): Command {
  return define(cli, {
    name: 'check',
    about: 'Say what is wrong with the configuration, where, and what to write instead',
    arguments: [['[file]', 'the one of this folder when left out']],
    examples: ['sluice config check'],
    json: '{"file":"/srv/shop/sluice.config.ts","services":["shop"],"problems":[{"file":"…","line":12,"column":7,"text":"…"}],"notes":[]}',
    server: false,
    run: async (run, [file]) => {
      const found = await run.parts.work.configCheck({ folder: run.parts.folder, file: file ?? null })
      run.json(found)
      if (!run.isJson) for (const problem of found.problems) run.note(`${placeOf(problem)} ${problem.text}`)
      if (found.problems.length > 0) return EXIT.failed
      for (const note of found.notes) if (!run.isJson) run.note(`${placeOf(note)} ${note.text}`)
      run.say(`${found.file} is fine: ${found.services.join(', ')}`)
      return EXIT.done
    },
  })
}

function explainCommand(cli: Cli): Command {
  return define(cli, {
    name: 'explain',
    about: 'Say where values of the configuration come from: file and line, or a default',
    arguments: [
      ['[path]', 'such as services.shop.pipeline.staging; the whole configuration when left out'],
      ['[file]', 'the one of this folder when left out'],
    ],
    examples: [
      'sluice config explain services.shop.build',
      'sluice config explain services.shop.pipeline.staging.bake',
    ],
    json: '{"problems":[],"values":[{"path":"services.shop.build","value":"make","from":{"file":"…","line":3,"column":5}}]}',
    server: false,
    run: async (run, [path, file]) => {
      const { folder } = run.parts
      const found = await run.parts.work.configExplain({ folder, file: file ?? null, path: path ?? '' })
      run.json(found)
      if (run.isJson) return found.problems.length > 0 ? EXIT.failed : EXIT.done
      for (const problem of found.problems) run.note(`${placeOf(problem)} ${problem.text}`)
      for (const { path: at, value, from } of found.values)
        run.say(
          `${at} = ${JSON.stringify(value)}  ${run.style.dim(from === 'default' ? '(default)' : `${from.file}:${from.line}:${from.column}`)}`,
        )
      return found.problems.length > 0 ? EXIT.failed : EXIT.done
    },
  })
}

function placeOf({ file, line, column }: ConfigProblem): string {
  return `${[file, line, column].filter((part) => part !== null).join(':')}:`
}

function exampleCommand(cli: Cli): Command {
  return define(cli, {
    name: 'example',
    about: 'Print a configuration with everything in it, explained',
    examples: ['sluice config example > sluice.config.ts'],
    json: '{"config":"…"}',
    server: false,
    run: async (run) => {
      const config = await run.parts.work.configExample()
      run.json({ config })
      run.say(config.trimEnd())
    },
  })
}

function schemaCommand(cli: Cli): Command {
  return define(cli, {
    name: 'schema',
    about: 'Print the JSON Schema of sluice.yaml',
    examples: ['sluice config schema > sluice.schema.json'],
    json: '{"$schema":"…","type":"object",…}',
    server: false,
    run: async (run) => {
      const schema = await run.parts.work.configSchema()
      run.json(schema)
      run.say(JSON.stringify(schema, null, 2))
    },
  })
}
