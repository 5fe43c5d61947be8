import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCli } from '../../test/fakes/run-cli.ts'

const { folder, start, sluice } = testCli()
const SHA = 'a'.repeat(40)

const mistakes: readonly (readonly [words: readonly string[], code: string])[] = [
  [['dist'], 'cli/needs-sha'],
  [['dist', '--sha', 'abc123'], 'cli/needs-sha'],
  [['nowhere', '--sha', SHA], 'cli/no-file'],
  [['dist', '--sha', SHA, '--checksum', `sha256:${'0'.repeat(64)}`], 'cli/no-checksum'],
  [['shop.tgz', '--sha', SHA, '--checksum', 'md5:1'], 'cli/bad-checksum'],
  [['shop.tgz', '--sha', SHA, '--provenance', 'x'.repeat(4_001)], 'cli/long-provenance'],
]
test('an artifact that cannot be meant is refused before anything is sent', async () => {
  await start()
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'shop.tgz'), 'x')
  for (const [words, code] of mistakes) {
    const { exit, out } = await sluice(['artifact', 'add', ...words, '--service', 'shop', '--json'], {
      folder,
    })
    expect([exit, out], words.join(' ')).toEqual([64, expect.stringContaining(code)])
  }
})
