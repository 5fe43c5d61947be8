// Every control of the board, pressed in a real browser on a real server: what is foreseen before the press is the
// server's word, and what came of it is looked for on the board, in the store and in what visitors get.
import { join } from 'node:path'
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from '../../web/dev/browser.ts'
import { scratchFolder, type ScratchRepository, scratchRepository } from '../kit/scratch-repository.ts'
import { until } from '../kit/until.ts'
import { type BoardPage, buildPageIfMissing, doIt, openBoard } from './parts/board-page.ts'
import { live, onBoard, stageOn } from './parts/board-looks.ts'
import { type Installation, installation } from './parts/installation.ts'
import { visit } from './parts/visit.ts'

const canRun = hasChromium() || process.env['CI'] === 'true'
if (!canRun) console.warn('The board is not pressed in a browser: /usr/bin/chromium is not installed.')

const SERVER = `
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
const { COLOUR = 'plain', TOKEN = '', PORT } = process.env
const words = readFileSync('words.txt', 'utf8').trim()
createServer((request, response) => response.end(words + ' ' + COLOUR + (TOKEN === '' ? '' : ' secret'))).listen(Number(PORT), '127.0.0.1')
`
const config = (routerPort: number, apiPort: number) => `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    shop: {
      source: { git: '.', branch: 'main', poll: '1s' },
      build: false,
      run: { command: 'exec node server.mjs', health: '/', term: '1s' },
      pipeline: [
        { stage: 'staging', bake: { for: '2h', requests: 0, own: '1s' }, rollout: 'all-at-once', drain: '1s' },
        { stage: 'production', promote: 'by-hand', inconclusive: 'promote', bake: false, watch: '1h', drain: '1s',
          rollout: [{ step: '50%', soak: '1s', confirm: true }, { step: 'all-at-once', soak: '1s' }] },
      ],
    },
  },
}
`

describe.runIf(canRun)('the board, pressed', () => {
  let running: Installation
  let repository: ScratchRepository
  let board: BoardPage
  let tables = ''

  beforeAll(async () => {
    buildPageIfMissing()
    running = await installation()
    repository = scratchRepository()
    tables = scratchFolder('tables')
    repository.commit('v1: the first', {
      'server.mjs': SERVER,
      'words.txt': 'one',
      'sluice.config.ts': config(running.routerPort, running.apiPort),
    })
    const up = await running.up(repository.folder)
    if (up.code !== 0) throw new Error(up.stderr + up.stdout)
    await live(running, 'shop', 'staging', 1)
    board = await openBoard(running.apiPort)
  })
  afterAll(async () => {
    await board?.close()
    await running?.remove()
    repository?.remove()
    if (tables !== '') rmSync(tables, { recursive: true, force: true })
  })

  const production = () => onBoard(running, 'production', (seen) => stageOn(seen, 'shop', 'production'))
  const served = async (headers: Readonly<Record<string, string>> = {}) =>
    (await visit(running.routerPort, 'shop.localhost', '/', headers)).body
  const waits = (release: number) =>
    onBoard(running, `#${release} waiting`, (seen) =>
      stageOn(seen, 'shop', 'production')?.waiting.some((each) => each.release === release),
    )

  test('the first release is let in by hand', async () => {
    await waits(1)
    await board.open('/')
    const said = await doIt(await board.press('Promote…'), 'Promote')
    expect(said).toContain('#1')
    await live(running, 'shop', 'production', 1)
    expect(await until('the first words', async () => (await served()).startsWith('one'))).toBe(true)
  })

  test('a lock with details is hard, and every waiting release is foreseen at its unlock, by either policy', async () => {
    await board.open('/services/shop')
    const locking = await board.menu('production', /Lock with details/)
    await locking.getByLabel('Hotfixes: none passes it').check()
    await locking.getByLabel('Incident').fill('INC-7')
    await doIt(locking, 'Lock', 'the totals are wrong')
    await board.page.getByText('Locked hard by').waitFor()
    const lock = (await production()).locks[0]
    expect(lock).toMatchObject({
      hard: true,
      incident: 'INC-7',
      suspect: null,
      reason: 'the totals are wrong',
    })

    repository.commit('v2: two', { 'words.txt': 'two' })
    await live(running, 'shop', 'staging', 2)
    const skipping = await board.press('Skip bake…')
    await doIt(skipping, 'Skip bake', 'seen by everybody')
    repository.commit('v3: three', { 'words.txt': 'three' })
    await waits(3)

    await board.page.getByText('2 changes wait').first().waitFor()
    const unlocking = await board.press('Unlock…')
    await unlocking.getByLabel('What goes then').selectOption('latest')
    await unlocking.getByText('What happens:').waitFor()
    await unlocking.getByLabel('What goes then').selectOption('each')
    const said = await doIt(unlocking, 'Unlock')
    expect(said).toContain('production unlocked')
    expect((await production()).locks).toEqual([])
  })

  test('a rollout is promoted, paused, resumed and confirmed', async () => {
    await waits(2)
    const promoting = await board.press('Promote…')
    await promoting.getByLabel('Which release').selectOption('2')
    await doIt(promoting, 'Promote')
    await onBoard(running, 'the rollout', (seen) => stageOn(seen, 'shop', 'production')?.rollout?.asksConfirm)
    const pausing = await board.menu('production', /Pause/)
    await doIt(pausing, 'Pause', 'a call with a customer')
    await board.page.getByText('a call with a customer').first().waitFor()
    expect((await production()).rollout?.paused).not.toBeNull()
    await doIt(await board.press('Resume…'), 'Resume')
    await doIt(await board.press('Confirm…'), 'Confirm')
    await live(running, 'shop', 'production', 2)
    await until('the second words', async () => (await served()).startsWith('two'))
  })

  test('a rollback pins, and unpinning names nobody', async () => {
    const back = await board.menu('production', /Roll back/)
    await back.getByLabel('Go back to').selectOption('1')
    await doIt(back, 'Roll back', 'slow checkout')
    await live(running, 'shop', 'production', 1)
    await board.page.getByText('Pinned on #1').waitFor()
    await doIt(await board.press('Unpin…'), 'Unpin', 'it was the network')
    expect((await production()).pin).toBeNull()
    await doIt(await board.menu('production', /^Pin/), 'Pin', 'a launch')
    await board.page.getByText('a launch').first().waitFor()
    await doIt(await board.press('Unpin…'), 'Unpin', 'launched')
  })

  test('the page of a release rejects it, takes that back, and shows what was seen of it', async () => {
    await board.open('/services/shop/releases/3')
    await doIt(await board.press('Reject…'), 'Reject', 'prices vanish')
    await board.page.getByText('prices vanish').first().waitFor()
    await doIt(await board.press('Unreject…'), 'Unreject', 'they do not')
    await board.page.getByRole('button', { name: 'Reject…' }).waitFor()
    await board.open('/services/shop/releases/1')
    const seen = board.page.getByRole('region', { name: 'Seen in production' })
    await seen.getByRole('row', { name: /^#1/ }).waitFor()
    await board.page.getByText('production', { exact: true }).first().waitFor()
  })

  test('what the rules refuse is said in the words of the server, where it was pressed', async () => {
    await board.open('/services/shop')
    const hotfix = await board.menu('production', /Hotfix/)
    await hotfix.getByLabel('Which change').fill('no-such-branch')
    await hotfix.getByText('no-such-branch').last().waitFor()
    await hotfix.getByText('Refused.').waitFor()
    await hotfix.getByLabel('Why, for the audit log').fill('checkout is broken')
    expect(await hotfix.getByRole('button', { name: 'Hotfix', exact: true }).isDisabled()).toBe(true)
    await hotfix.getByRole('button', { name: 'Cancel' }).click()
  })

  test('a hotfix from a branch passes a lock by name, and is asked about before it goes in', async () => {
    const locking = await board.menu('production', /Lock with details/)
    await locking.getByLabel('Where').selectOption('everywhere')
    await doIt(locking, 'Lock', 'the press is here')
    await board.page.getByText(', in every service:').waitFor()
    repository.git('checkout', '--quiet', '-b', 'fix', 'HEAD~2')
    repository.commit('fix: the totals', { 'fix.txt': 'fixed' })
    repository.git('checkout', '--quiet', 'main')
    const hotfix = await board.menu('production', /Hotfix/)
    await hotfix.getByLabel('Which change').fill('fix')
    await hotfix.getByText('Refused.').waitFor()
    await hotfix.getByLabel(/the press is here/).check()
    await doIt(hotfix, 'Hotfix', 'the totals are wrong')
    await board.page.getByText('Hotfix #1+1').first().waitFor()
    await doIt(await board.press('Promote…'), 'Promote')
    await onBoard(running, 'the hotfix live', (seen) =>
      stageOn(seen, 'shop', 'production')?.live?.name.startsWith('#1+'),
    )
    await doIt(await board.press('Unlock…'), 'Unlock')
  })

  test('an emergency goes straight in with the newest code, and says that nobody verified it', async () => {
    // The line lacks the hotfix: a person's word that #3 contains it comes first.
    await doIt(await board.press('It contains that #3'), 'Accept', 'it has the same totals')
    const emergency = await board.menu('production', /Emergency/)
    await emergency.getByLabel('Which change').fill('#3')
    await doIt(emergency, 'Emergency', 'payments are down')
    await live(running, 'shop', 'production', 3)
    await board.page.getByText('Unverified.').waitFor()
    await until('the third words', async () => (await served()).startsWith('three'))
  })

  test('a change is sent back with words to its author', async () => {
    repository.commit('v4: four', { 'words.txt': 'four' })
    await waits(4)
    const sending = await board.press('Send back…')
    await sending.getByLabel('Which change goes back').selectOption('4')
    await doIt(sending, 'Send back', 'the migration has no way back')
    const { page } = board
    await board.open('/services/shop/releases/4')
    await page.getByText('the migration has no way back').first().waitFor()
  })

  test('a version off the line goes to a track, and a route leads a plan there and nobody else', async () => {
    repository.git('checkout', '--quiet', '-b', 'try')
    repository.commit('try: five', { 'words.txt': 'five' })
    repository.git('checkout', '--quiet', 'main')
    await board.open('/services/shop/traffic')
    const { page } = board
    const deploying = await board.press('Deploy off the line…')
    await deploying.getByLabel('Branch, tag or commit').fill('try')
    await deploying.getByLabel('Track it goes to').fill('beta')
    await doIt(deploying, 'Deploy off the line', 'does it help acme?')
    const tracks = page.getByRole('region', { name: 'Tracks' })
    await tracks
      .getByText(/in force/)
      .nth(1)
      .waitFor()

    const adding = await board.press('Add route…')
    await adding.getByLabel('Condition 1 is about').selectOption('header')
    await adding.getByLabel('Name in condition 1').fill('X-Plan')
    await adding.getByLabel('Value of condition 1').fill('free')
    await adding.getByLabel('Leads to').fill('beta')
    await doIt(adding, 'Add route', 'free plan first')
    await until('the free plan on beta', async () => (await served({ 'x-plan': 'free' })).startsWith('five'))
    expect(await served({ 'x-plan': 'paying' })).toMatch(/^three/)

    await page.getByLabel('Header').fill('x-plan=free')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByText(/by the track beta/).waitFor()

    const editing = await board.press(/^Edit r\d/)
    await editing.getByLabel('Leads to').fill('stable')
    await doIt(editing, 'Edit route')
    await until('the free plan on stable', async () =>
      (await served({ 'x-plan': 'free' })).startsWith('three'),
    )
    await doIt(await board.press(/^Remove r\d/), 'Remove route', 'it is over')
    await page.getByText('No route: everybody gets stable.').waitFor()
  })

  test('a track is led elsewhere, back, made to follow, and taken away', async () => {
    const { page } = board
    const beta = page
      .getByRole('region', { name: 'Tracks' })
      .getByRole('listitem')
      .filter({ hasText: 'beta' })
    const leading = await board.press('Lead elsewhere beta')
    await leading.getByLabel('Leads to').selectOption('3')
    await doIt(leading, 'Set track', 'all of it is in stable')
    await beta.getByRole('link', { name: '#3' }).waitFor()
    await doIt(await board.press('Undo beta'), 'Undo track', 'not yet')
    await beta.getByRole('link', { name: '#3' }).waitFor({ state: 'detached' })
    const following = await board.press('Follow beta')
    await following.getByLabel('It follows').selectOption('staging')
    await doIt(following, 'Follow a stage')
    await beta.getByText('Follows what passed staging.').waitFor()
    await doIt(await board.press('Remove beta'), 'Remove track', 'it is over')
    await beta.waitFor({ state: 'detached' })
  })

  test('a lookup table is pushed, looked into, changed and removed; a bad one is refused in words', async () => {
    const { page } = board
    const bad = join(tables, 'bad.csv')
    const good = join(tables, 'good.csv')
    writeFileSync(bad, 'customer,plan\nacme,free,more\n')
    writeFileSync(good, 'customer,plan\nacme,free\n')
    const pushing = await board.press('Push a table…')
    await pushing.getByLabel('Name', { exact: true }).fill('customers')
    await pushing.getByLabel(/CSV file/).setInputFiles(bad)
    await pushing.getByRole('button', { name: 'Push', exact: true }).click()
    await pushing.getByText('Not pushed.').waitFor()
    await pushing.getByLabel(/CSV file/).setInputFiles(good)
    await pushing.getByRole('button', { name: 'Push', exact: true }).click()
    await pushing.getByText('In force:').waitFor()
    await pushing.getByRole('button', { name: 'Done' }).click()
    const looking = await board.press('Look up in customers')
    await looking.getByLabel('Key').fill('acme')
    await looking.getByRole('button', { name: 'Look up', exact: true }).click()
    await looking.getByLabel('plan').fill('paying')
    await looking.getByRole('button', { name: 'Save the row' }).click()
    await until('the row', async () => {
      const row = await fetch(
        `http://127.0.0.1:${running.apiPort}/api/services/shop/lookups/customers/rows/acme`,
      )
      return JSON.stringify(await row.json()).includes('paying')
    })
    await page.keyboard.press('Escape')
    await looking.waitFor({ state: 'detached' })
    const removing = await board.press('Remove customers')
    await removing.getByRole('button', { name: 'Remove the table' }).click()
    await page.getByText(/^No table\./).waitFor()
  })

  test('a variable and a secret are set and taken away, and the value of the secret is nowhere on the page', async () => {
    await board.open('/services/shop/settings?stage=staging')
    const { page } = board
    const setting = await board.press('Set variables…')
    await setting.getByLabel(/Variables/).fill('COLOUR=red')
    await doIt(setting, 'Set variables')
    await page.getByText('red', { exact: true }).waitFor()
    const hiding = await board.press('Set a secret…')
    await hiding.getByLabel('Name').fill('TOKEN')
    await hiding.getByLabel('Value').fill('swordfish-1f8c2e')
    await doIt(hiding, 'Set a secret', 'a new one')
    await page.getByText('its value is never shown').waitFor()
    expect(await page.content()).not.toContain('swordfish')
    await doIt(await board.press('Unset COLOUR'), 'Unset')
    await page.getByRole('button', { name: 'Unset COLOUR' }).waitFor({ state: 'detached' })
    const staging = () => visit(running.routerPort, 'staging.shop.localhost')
    await until('the settings in force', async () => (await staging()).body.endsWith('plain secret'), 90_000)
  })

  test('a revert is prepared as a branch, and one that cannot be is refused in words', async () => {
    const head = repository.git('rev-parse', 'main')
    // Later changes wrote into the same line.
    await board.open('/services/shop/releases/2')
    const refused = await board.press('Prepare a revert…')
    await refused.getByRole('button', { name: 'Prepare', exact: true }).click()
    await refused.getByText('Not prepared.').waitFor()
    await board.open('/services/shop/releases/4')
    const dialog = await board.press('Prepare a revert…')
    await dialog.getByLabel('Branch').fill('back-from-four')
    await dialog.getByLabel(/Why/).fill('the migration has no way back')
    await dialog.getByRole('button', { name: 'Prepare', exact: true }).click()
    await dialog.getByText('back-from-four', { exact: true }).waitFor()
    await dialog.getByText(/the migration has no way back/).waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    expect(repository.git('rev-parse', 'main')).toBe(head)
  })

  test('who may only look finds no control on any page', async () => {
    const token = await running.cli(repository.folder, 'token', 'add', 'eve', '--read-only', '--json')
    expect(token.code).toBe(0)
    const { page } = board
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${JSON.parse(token.stdout).token}` })
    for (const path of ['', '/traffic', '/settings', '/releases/3']) {
      await board.open(`/services/shop${path}`)
      await page.getByText('may only look').waitFor()
      expect(await page.getByRole('button', { name: /…$|lock|more acts|edit|remove/i }).count()).toBe(0)
    }
  })
})
