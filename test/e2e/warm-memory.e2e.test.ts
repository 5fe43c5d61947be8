// Releases that are kept warm cost memory; beyond what is allowed the oldest is let go of, and people can read why.
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../kit/until.ts'
import { live, onBoard, releaseOn, saidBy } from './parts/board-looks.ts'
import { installation } from './parts/installation.ts'
import { instances, strays } from './parts/processes.ts'
import { shopRepository } from './parts/shop-repository.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 180_000

test(
  'warm releases that hold more memory than is allowed are cut, the oldest first, and never what a rollback would go to',
  async () => {
    const at = await installation()
    // Two warm processes of Node hold more than this, and even one does.
    const limits = `{ warmMemory: '10MB' }`
    const pipeline = `[{ stage: 'production', rollout: 'all-at-once', watch: '1h', drain: '1s' }]`
    const shop = shopRepository({ apiPort: at.apiPort, routerPort: at.routerPort, pipeline, limits })
    onTestFinished(async () => {
      await at.remove()
      shop.remove()
      expect(strays(at.state)).toEqual([])
    })
    shop.change()
    const up = await at.up(shop.folder)
    expect(up, saidBy(up)).toMatchObject({ code: 0 })
    for (const release of [1, 2, 3]) {
      await live(at, 'shop', 'production', release)
      if (release < 3) shop.change()
    }

    const why = await onBoard(at, '#1 was cut', (board) => {
      const standing = releaseOn(board, 'shop', 1)?.standings[0]
      return (
        standing?.standing === 'superseded' && standing.why.find(({ code }) => code === 'warm/memory')?.text
      )
    })
    expect(why).toMatch(/it is not kept warm: warm releases held \d+ MB of memory where 10 MB are allowed/)
    await until('its processes are gone', () => instances(at.state).every(({ release }) => release !== 1))
    const kept = await onBoard(at, 'people are told that #2 stays', (board) => {
      const standing = releaseOn(board, 'shop', 2)?.standings[0]
      return standing?.standing === 'warm' && standing.why.find(({ code }) => code === 'warm/memory')?.text
    })
    expect(kept).toContain('a rollback would go to it')
    expect(instances(at.state).map(({ release }) => release)).toEqual(expect.arrayContaining([2, 3]))

    const told = (await at.audit(200)).filter(({ type }) => type.startsWith('warm-')).map(({ text }) => text)
    expect(told).toHaveLength(2)
    expect(told[1]).toMatch(/^#1 is not kept warm in production any more/)
    expect(told[0]).toContain('allow more with limits.warmMemory')
    const aboutFirst = await at.audit(200, 1)
    expect(aboutFirst.filter(({ type }) => type.startsWith('warm-'))).toHaveLength(1)
    expect(aboutFirst.at(-1)).toMatchObject({ type: 'change-merged', release: 1 })
    expect(aboutFirst.map(({ release }) => release)).not.toContain(3)
    const answer = await at.cli(shop.folder, 'why', '1')
    expect(saidBy(answer).replace(/\s+/g, ' ')).toContain('it is not kept warm')

    const back = await at.cli(
      shop.folder,
      'rollback',
      'production',
      '--to',
      '1',
      '-r',
      'a look back',
      '--yes',
    )
    expect(back, saidBy(back)).toMatchObject({ code: 0 })
    await live(at, 'shop', 'production', 1)
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('v1')
  },
  MS_MAX,
)
