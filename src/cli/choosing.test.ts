import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testCli } from '../../test/fakes/run-cli.ts'

const { folder, start, sluice } = testCli()

describe('choosing', () => {
  test('the only service is meant; else that of this folder’s repository; else it asks which', async () => {
    const repository = join(folder, 'blog')
    await mkdir(join(repository, '.git'), { recursive: true })
    await mkdir(join(repository, 'src'), { recursive: true })
    const { control } = await start()
    const [shop, blog] = control.services
    if (shop === undefined || blog === undefined) return expect.unreachable()
    control.services = [shop, { ...blog, git: repository }]
    const here = await sluice(['plan', '--json'], { folder: join(repository, 'src') })
    expect(JSON.parse(here.out)).toMatchObject({ service: 'blog' })
    const elsewhere = await sluice(['plan'], { folder })
    expect(elsewhere).toMatchObject({ exit: 64, err: expect.stringContaining('shop, blog') })
    control.services = [shop]
    expect(JSON.parse((await sluice(['plan', '--json'], { folder })).out)).toMatchObject({ service: 'shop' })
  })

  test.each([
    [['statsu'], 'Did you mean status?'],
    [['lock', 'shop/prodution'], 'Did you mean "production"?'],
    [['plan', '-s', 'shpo'], 'Did you mean "shop"?'],
    [['lock', 'shop/production', '--resaon', 'x'], '--reason'],
    [['lock', 'shop/production', '--for', '4'], 'is not a duration'],
    [['reject', 'twelve', '-r', 'x', '--yes'], 'is not a release'],
    [['why', '99', '-s', 'shop'], 'the nearest is #12'],
    [['completion', 'bahs'], 'Did you mean "bash"?'],
    [['reject'], "missing required argument 'release'"],
    [['token'], 'Usage: sluice token'],
    [[], 'Usage: sluice'],
  ])('%j is 64 and says the nearest right thing', async (args, words) => {
    await start()
    const { exit, err } = await sluice(args)
    expect(exit).toBe(64)
    expect(err).toContain(words)
  })
})
