import { parseArgs } from 'node:util'

const USAGE = `usage: npm run demo -- [--story NAME] [--exit] [--keep] [--port N]
                      [--without-verdicts] [--screenshots DIR]

  --story NAME        releases (the usual one) or hotfix: a hotfix passes a lock while #8 waits behind it
  --exit              end after the story: 0 when all of it happened, 1 when a part did not
  --keep              leave the folder of the demo behind: the shop, the visitors' log, the logs of the program
  --port N            where the board is; any free port when left out
  --without-verdicts  switch the judge off: the story must then fail
  --screenshots DIR   take pictures of the board at good moments (needs a Chromium)`

export const STORIES = ['releases', 'hotfix'] as const
export type StoryName = (typeof STORIES)[number]

export type Flags = {
  readonly story: StoryName
  readonly exits: boolean
  readonly keeps: boolean
  readonly port: number
  readonly withoutVerdicts: boolean
  readonly screenshots: string | null
}

/** The exit code where there is nothing to play. */
export function readFlags(): Flags | number {
  try {
    const { values } = parseArgs({
      options: {
        story: { type: 'string', default: 'releases' },
        exit: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        'without-verdicts': { type: 'boolean', default: false },
        screenshots: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      return 0
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${values.port} is not a port`)
    const story = STORIES.find((name) => name === values.story)
    if (!story) throw new Error(`there is no story ${values.story}; there is ${STORIES.join(', ')}`)
    return {
      story,
      exits: values.exit,
      keeps: values.keep,
      port,
      withoutVerdicts: values['without-verdicts'],
      screenshots: values.screenshots ?? null,
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return 64
  }
}
