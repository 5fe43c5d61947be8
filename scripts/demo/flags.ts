import { parseArgs } from 'node:util'

const USAGE = `usage: npm run demo -- [--exit] [--keep] [--port N] [--without-verdicts] [--screenshots DIR]

  --exit              end after the story: 0 when all of it happened, 1 when a part did not
  --keep              leave the folder of the demo behind: the shop, the visitors' log, the logs of the program
  --port N            where the board is; any free port when left out
  --without-verdicts  switch the judge off: the story must then fail
  --screenshots DIR   take pictures of the board at good moments (needs a Chromium)`

export type Flags = {
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
    return {
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
