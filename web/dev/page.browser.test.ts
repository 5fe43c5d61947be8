// The built page in a real browser against the fixture server: what people do with it, by finger, mouse and keyboard.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, startChromium } from './browser.ts'
import { type FixtureServer, createFixtureServer } from './fixture-server.ts'
import type { StateName } from './fixtures.ts'
import { findLowContrast, findSmallTargets, findSticksOut } from './page-checks.ts'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const
// How long something may take on a slow machine before it counts as not happening.
const patience = { timeout: 20_000 }
const canRun = hasChromium() || process.env['CI'] === 'true'
if (!canRun) console.warn('The page is not tried in a browser: /usr/bin/chromium is not installed.')

describe.runIf(canRun)('the page in a browser', () => {
  let webRoot = ''
  let browser: Browser
  const opened: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    webRoot = await mkdtemp(join(tmpdir(), 'sluice-web-'))
    await build({
      configFile: join(import.meta.dirname, '../vite.config.ts'),
      logLevel: 'error',
      build: { outDir: webRoot, emptyOutDir: true },
    })
    browser = await startChromium()
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(webRoot, { recursive: true, force: true })
  })

  async function open(
    state: StateName,
    options: BrowserContextOptions & { readonly path?: string; readonly mayAct?: boolean } = {},
  ): Promise<{ page: Page; server: FixtureServer }> {
    const { path = '/', mayAct = true, ...rest } = options
    const server = await createFixtureServer({ state, port: 0, webRoot, mayAct })
    const context = await browser.newContext({ reducedMotion: 'reduce', ...rest })
    opened.push(context, server)
    const page = await context.newPage()
    await page.addInitScript(() => {
      const seen: string[] = []
      Object.assign(globalThis, { violations: seen })
      document.addEventListener('securitypolicyviolation', (event) => {
        seen.push(`${event.violatedDirective} ${event.blockedURI}`)
      })
    })
    await page.goto(server.address + path)
    await page.locator('main h1').first().waitFor()
    return { page, server }
  }

  test('one tap on a phone locks, and the words come after', async () => {
    const { page, server } = await open('rollout', phone)
    await page.getByRole('button', { name: 'Lock shop production' }).tap()
    await page.getByText('shop production is locked').waitFor()
    expect(server.acts).toEqual([
      {
        act: 'lock',
        service: 'shop',
        body: { allTracks: false, stage: 'production', reason: 'suspected trouble' },
      },
    ])
    await page.getByLabel('Reason').fill('totals are wrong')
    await page.getByLabel('Incident').fill('INC-318')
    await page.getByRole('button', { name: 'Save' }).tap()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(server.acts.at(-1)).toMatchObject({
      act: 'edit-lock',
      body: { reason: 'totals are wrong', incident: 'INC-318' },
    })
    await page.getByText('totals are wrong').waitFor()
  })

  test('the way back is in the sheet of the lock', async () => {
    const { page, server } = await open('rollout', phone)
    await page.getByRole('button', { name: 'Lock shop production' }).tap()
    await page.getByText('The rollout of #45 ends').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Go back now' }).tap()
    await expect.poll(() => server.acts.map((act) => act.act), patience).toEqual(['lock', 'abort'])
  })

  test('a lock that did not reach the server is never shown as one', async () => {
    const { page, server } = await open('calm', phone)
    server.fail('silent')
    await page.getByRole('button', { name: 'Lock shop production' }).tap()
    await page.getByText('Not locked.').waitFor()
    await page.getByText('shop production is not locked').waitFor()
    expect(server.acts).toEqual([])
    server.fail('nothing')
    await page.getByRole('button', { name: 'Lock again' }).tap()
    await page.getByText('shop production is locked').waitFor()
  })

  test('the keyboard alone walks the stages, locks, and comes back to where it was', async () => {
    const { page, server } = await open('calm')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await focusedStage(page)).toBe('production')
    await page.keyboard.press('k')
    expect(await focusedStage(page)).toBe('staging')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('l')
    await page.getByText('shop production is locked').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => focusedStage(page), patience).toBe('production')
    expect(server.acts).toHaveLength(1)
  })

  test('a key locks nothing while no stage has the focus, nor while somebody types', async () => {
    const { page, server } = await open('many')
    await page.keyboard.press('l')
    await page.keyboard.press('/')
    await page.keyboard.type('bill')
    await page.getByRole('button', { name: 'billing', exact: true }).waitFor()
    await page.getByRole('button', { name: 'accounts', exact: true }).waitFor({ state: 'detached' })
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(server.acts).toEqual([])
  })

  test('Tab reaches every button of a stage, and the focus can be seen', async () => {
    const { page } = await open('rollout')
    const reached = new Set<string>()
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(() => {
        const element = document.activeElement
        if (element === null || element === document.body) return null
        const name = element.getAttribute('aria-label') ?? element.textContent ?? ''
        return { name, outline: getComputedStyle(element).outlineStyle }
      })
      if (at === null) continue
      reached.add(at.name)
      expect({ name: at.name, outline: at.outline }).not.toEqual({ name: at.name, outline: 'none' })
    }
    for (const name of ['Lock shop staging', 'Lock shop production', 'More acts on shop production'])
      expect([...reached]).toContain(name)
  })

  test('what the server refuses is told in its words and cannot be sent', async () => {
    const { page, server } = await open('rollout')
    await page.getByRole('button', { name: 'More acts on shop production' }).click()
    await page.getByRole('menuitem', { name: /Pin/ }).click()
    await page.getByText('A rollout is under way in production').waitFor()
    await page.getByLabel('Why, for the audit log').fill('keep it')
    expect(await page.getByRole('button', { name: 'Pin', exact: true }).isDisabled()).toBe(true)
    expect(server.acts).toEqual([])
  })

  test('a rollback shows what would happen for the release that is chosen, and says why it was done', async () => {
    const { page, server } = await open('calm')
    await page.getByRole('button', { name: 'More acts on shop production' }).click()
    await page.getByRole('menuitem', { name: /Roll back/ }).click()
    await page.getByText('goes back to #43 now').waitFor()
    await page.getByLabel('Go back to').selectOption('42')
    await page.getByText('goes back to #42 now').waitFor()
    expect(server.acts).toEqual([])
    await page.getByLabel('Why, for the audit log').fill('slow checkout')
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    await page.getByRole('button', { name: 'Done' }).waitFor()
    expect(server.acts).toEqual([
      { act: 'rollback', service: 'shop', body: { stage: 'production', to: 42, reason: 'slow checkout' } },
    ])
  })

  test('a cut stream is told, and the page comes back by itself', async () => {
    const { page, server } = await open('rollout')
    server.fail('silent')
    await page.getByText('Stale since').waitFor()
    await page.getByText('As last heard: all well').waitFor()
    server.play('calm')
    server.fail('nothing')
    await page.getByRole('heading', { name: 'All calm' }).waitFor()
    await page.getByText('Stale since').waitFor({ state: 'detached' })
  })

  test('a burst of changes asks for the board at most twice a second', async () => {
    const { page, server } = await open('calm')
    const asked: number[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/api/board')) asked.push(performance.now())
    })
    const startedAt = performance.now()
    for (let burst = 0; burst < 30; burst++) {
      server.play('calm')
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    }
    server.play('rollout')
    await page.getByRole('heading', { name: 'All well, 2 moving' }).waitFor()
    const tookS = (performance.now() - startedAt) / 1000
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThanOrEqual(Math.ceil(tookS * 2) + 1)
  })

  test('a server that asks for a token gets one, and the board follows', async () => {
    const { page, server } = await open('calm')
    server.fail('sign-in')
    await page.reload()
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No token like this is known here.').waitFor()
    await page.getByLabel('Token').fill('right')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'All calm' }).waitFor()
  })

  test('who may only look finds no button and no key that acts', async () => {
    const { page, server } = await open('locked', { mayAct: false })
    await page.getByText('may only look').waitFor()
    expect(await page.getByRole('button', { name: /lock|more acts|roll|edit/i }).count()).toBe(0)
    await page.keyboard.press('j')
    await page.keyboard.press('l')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    expect(server.acts).toEqual([])
  })

  test('a release says how it stands and why, and its build log reads to its end', async () => {
    const { page } = await open('pinned', { path: '/services/shop/releases/45' })
    await page.getByText('prices vanish from old orders').waitFor()
    await page.getByText('done in 21.4s').waitFor()
    const box = page.getByLabel('Build log')
    expect(await box.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight)).toBeLessThan(2)
    expect(await box.textContent()).not.toContain('\u001b')
  })

  test('the audit log goes back as far as it is asked, one service at a time', async () => {
    const { page } = await open('calm', { path: '/audit' })
    const rows = page.getByRole('main').getByRole('listitem')
    await expect.poll(() => rows.count(), patience).toBe(50)
    await page.getByRole('button', { name: 'Older' }).click()
    await expect.poll(() => rows.count(), patience).toBe(100)
    await page.getByLabel('Service').selectOption('shop')
    await page.waitForURL(/service=shop/)
    await expect.poll(() => rows.count(), patience).toBe(50)
  })

  test('the chosen colours outlive a reload', async () => {
    const { page } = await open('calm', { colorScheme: 'light' })
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await ground()
    await page.getByRole('button', { name: 'Colours: as the system' }).click()
    await page.getByRole('button', { name: 'Colours: light' }).click()
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload()
    expect(await ground()).toBe(dark)
  })

  test('a change of numbers moves nothing that stands on the page', async () => {
    const { page, server } = await open('rollout')
    await page.evaluate(() => {
      Object.assign(globalThis, { shifts: 0 })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          Object.assign(globalThis, {
            shifts: Reflect.get(globalThis, 'shifts') + Reflect.get(entry, 'value'),
          })
      }).observe({ type: 'layout-shift' })
    })
    for (let tick = 0; tick < 3; tick++) {
      const answered = page.waitForResponse((response) => response.url().endsWith('/api/board'))
      server.play('rollout')
      await answered
    }
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    )
    expect(await page.evaluate(() => Reflect.get(globalThis, 'shifts'))).toBe(0)
  })

  test('a clock that ticks changes times and nothing else', async () => {
    const { page } = await open('calm')
    await page.evaluate(() => {
      const changed: string[] = []
      Object.assign(globalThis, { changed })
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement
          changed.push(element?.closest('time') === null ? (element?.outerHTML ?? '') : 'time')
        }
      }).observe(document.querySelector('#root') ?? document.body, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      })
    })
    // The page counts in the server's time: the ages grow while its own clock is moved on.
    await page.evaluate(() => {
      const real = Date.now.bind(Date)
      Date.now = () => real() + 3_600_000
    })
    await expect
      .poll(() => page.evaluate(() => Reflect.get(globalThis, 'changed').length), patience)
      .toBeGreaterThan(0)
    expect(new Set(await page.evaluate(() => Reflect.get(globalThis, 'changed') as string[]))).toEqual(
      new Set(['time']),
    )
  })

  test.each([
    '/services/shop',
    '/services/shop/releases',
    '/services/shop/releases/45',
    '/services/shop/traffic',
    '/services/shop/settings',
    '/audit',
  ] as const)('on a phone the page %s fits, is legible and can be hit', async (path) => {
    const { page } = await open('rollout', { ...phone, path, colorScheme: 'dark' })
    await page.waitForLoadState('networkidle')
    expect(await page.evaluate(findSticksOut)).toEqual([])
    expect(await page.evaluate(findLowContrast)).toEqual([])
    expect(await page.evaluate(findSmallTargets)).toEqual([])
    expect(await page.evaluate(() => Reflect.get(globalThis, 'violations'))).toEqual([])
  })

  test.each([
    'calm',
    'rollout',
    'baking',
    'locked',
    'hold',
    'pinned',
    'rewritten',
    'long',
    'many',
    'first',
    'empty',
  ] as const)(
    'on a phone the state %s fits, is legible and can be hit, within the security policy',
    async (state) => {
      const { page } = await open(state, { ...phone, colorScheme: state === 'hold' ? 'dark' : 'light' })
      expect(await page.evaluate(findSticksOut)).toEqual([])
      expect(await page.evaluate(findLowContrast)).toEqual([])
      expect(await page.evaluate(findSmallTargets)).toEqual([])
      expect(await page.evaluate(() => Reflect.get(globalThis, 'violations'))).toEqual([])
    },
  )
})

function focusedStage(page: Page): Promise<string | null> {
  return page.evaluate(
    () => document.activeElement?.closest<HTMLElement>('[data-stage]')?.dataset['stage'] ?? null,
  )
}
