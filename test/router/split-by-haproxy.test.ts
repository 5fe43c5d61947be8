import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, expect, test } from 'vitest'
import { splitPoint } from '../../src/domain/traffic/sticky-split.ts'
import { deadPort, stateFolder, until } from './router-lab.ts'

test.skipIf(haproxyIsMissing())('HAProxy computes the same point', async () => {
  const subjects = [
    'anna',
    'user-17',
    '4f9d0c2e1b7a4f9d0c2e1b7a4f9d0c2e',
    'x',
    'a long one, with spaces',
    'Ã©',
  ]
  const theirs = await pointsByHaproxy('shop-production-1', subjects)
  expect(theirs).toEqual(subjects.map((each) => Math.round(splitPoint('shop-production-1', each) * 100)))
})

function haproxyIsMissing(): boolean {
  const missing = spawnSync('haproxy', ['-v']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('haproxy is not installed; this test needs it')
  if (missing) console.warn('skipped: haproxy is not installed')
  return missing
}

async function pointsByHaproxy(salt: string, subjects: readonly string[]): Promise<readonly number[]> {
  const folder = await stateFolder()
  const port = await deadPort()
  const config = `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend split
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain lf-string %[str(${salt}:),concat(,req.user,),xxh32,mod(10000)] if { req.fhdr(user),set-var(req.user) -m found }
`
  writeFileSync(join(folder, 'haproxy.cfg'), config)
  const haproxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  onTestFinished(() => void haproxy.kill('SIGKILL'))
  await until('HAProxy answers', () =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { user: 'x' } }).then(
      () => true,
      () => false,
    ),
  )
  const points: number[] = []
  for (const user of subjects) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { user } })
    points.push(Number(await answer.text()))
  }
  return points
}
