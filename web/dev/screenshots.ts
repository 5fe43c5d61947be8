// Takes a picture of every state of every page, wide and on a phone, light and dark, and checks on the way what a
// picture cannot show: nothing sticks out sideways, every text has enough contrast, nothing broke the security policy,
// fingers find targets of 44 px.
//
//   vite build web && node web/dev/screenshots.ts FOLDER [state…]
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { startChromium } from './browser.ts'
import { createFixtureServer } from './fixture-server.ts'
import { type StateName, isStateName, states } from './fixtures.ts'
import { findLowContrast, findSmallTargets, findSticksOut } from './page-checks.ts'

const screens = [
  { name: 'wide', width: 1440, height: 900, isPhone: false },
  { name: 'phone', width: 390, height: 844, isPhone: true },
] as const
const themes = ['light', 'dark'] as const

type Scene = {
  readonly name: string
  readonly state: StateName
  readonly path: string
  readonly prepare?: (page: Page, server: Awaited<ReturnType<typeof createFixtureServer>>) => Promise<void>
}

const boards: readonly Scene[] = Object.keys(states)
  .filter(isStateName)
  .map((state) => ({ name: state, state, path: '/' }))

const others: readonly Scene[] = [
  { name: 'release', state: 'pinned', path: '/services/shop/releases/45' },
  { name: 'release-failed', state: 'pinned', path: '/services/shop/releases/47' },
  { name: 'release-unknown', state: 'calm', path: '/services/shop/releases/999' },
  { name: 'releases', state: 'baking', path: '/services/shop/releases' },
  { name: 'service', state: 'locked', path: '/services/shop' },
  { name: 'traffic', state: 'rollout', path: '/services/shop/traffic' },
  { name: 'settings', state: 'rollout', path: '/services/shop/settings' },
  { name: 'release-seen', state: 'rollout', path: '/services/shop/releases/45' },
  {
    name: 'hotfix-dialog',
    state: 'locked',
    path: '/',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'More acts on shop production' }).click()
      await page.getByRole('menuitem', { name: /Hotfix/ }).click()
      await page.getByLabel('Which change').fill('#45')
      await page.getByText('What happens:').waitFor()
    },
  },
  {
    name: 'route-dialog',
    state: 'rollout',
    path: '/services/shop/traffic',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Add route…' }).click()
      await page.getByLabel('Condition 1 is about').selectOption('lookup')
    },
  },
  { name: 'audit', state: 'calm', path: '/audit' },
  {
    name: 'lock-sheet',
    state: 'rollout',
    path: '/',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Lock shop production' }).click()
      await page.getByText('shop production is locked').waitFor()
      await page.getByText('The rollout of #45 ends').waitFor()
    },
  },
  {
    name: 'rollback-dialog',
    state: 'calm',
    path: '/',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'More acts on shop production' }).click()
      await page.getByRole('menuitem', { name: /Roll back/ }).click()
      await page.getByText('goes back to #43').waitFor()
    },
  },
  {
    name: 'refused-dialog',
    state: 'rollout',
    path: '/',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'More acts on shop production' }).click()
      await page.getByRole('menuitem', { name: /Pin/ }).click()
      await page.getByText('Refused.').waitFor()
    },
  },
  {
    name: 'menu',
    state: 'baking',
    path: '/',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'More acts on shop production' }).click()
      await page.getByRole('menu').waitFor()
    },
  },
  { name: 'shortcuts', state: 'calm', path: '/', prepare: (page) => page.keyboard.press('?') },
  {
    name: 'stale',
    state: 'rollout',
    path: '/',
    prepare: async (page, server) => {
      server.fail('silent')
      await page.getByText('Stale since').waitFor()
    },
  },
  {
    name: 'broken',
    state: 'calm',
    path: '/audit',
    prepare: async (page, server) => {
      server.fail('broken')
      await page.goto(`${server.address}/`)
      await page.getByRole('alert').waitFor()
    },
  },
  {
    name: 'sign-in',
    state: 'calm',
    path: '/audit',
    prepare: async (page, server) => {
      server.fail('sign-in')
      await page.goto(`${server.address}/`)
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    },
  },
]

async function shoot(browser: Browser, folder: string, scene: Scene): Promise<readonly string[]> {
  const complaints: string[] = []
  for (const screen of screens)
    for (const theme of themes) {
      const name = `${scene.name}-${screen.name}-${theme}`
      const server = await createFixtureServer({ state: scene.state, port: 0 })
      const context = await browser.newContext({
        viewport: { width: screen.width, height: screen.height },
        colorScheme: theme,
        hasTouch: screen.isPhone,
        isMobile: screen.isPhone,
        deviceScaleFactor: screen.isPhone ? 2 : 1,
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      page.on('console', (message) => {
        const isExpected = /Failed to load resource|net::ERR/.test(message.text())
        if (message.type() === 'error' && !isExpected) complaints.push(`${name}: ${message.text()}`)
      })
      page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`))
      try {
        await page.goto(server.address + scene.path)
        await page.locator('main h1').first().waitFor()
        await scene.prepare?.(page, server)
        await page.waitForFunction(() =>
          document.getAnimations().every((each) => each.playState !== 'running'),
        )
        const hasSheet = (await page.getByRole('dialog').count()) > 0
        await page.screenshot({ path: join(folder, `${name}.png`), fullPage: !hasSheet })
        complaints.push(...(await page.evaluate(findSticksOut)).map((each) => `${name}: sticks out: ${each}`))
        complaints.push(
          ...(await page.evaluate(findLowContrast)).map((each) => `${name}: low contrast: ${each}`),
        )
        if (screen.isPhone)
          complaints.push(...(await page.evaluate(findSmallTargets)).map((each) => `${name}: small: ${each}`))
      } catch (error) {
        complaints.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
      } finally {
        await context.close()
        await server.close()
      }
    }
  return complaints
}

const [folder, ...wanted] = process.argv.slice(2)
if (folder === undefined)
  throw new Error('say where the pictures go: node web/dev/screenshots.ts FOLDER [scene…]')
await mkdir(folder, { recursive: true })
const browser = await startChromium()
try {
  const complaints: string[] = []
  for (const scene of [...boards, ...others])
    if (wanted.length === 0 || wanted.includes(scene.name))
      complaints.push(...(await shoot(browser, folder, scene)))
  for (const complaint of new Set(complaints)) console.log(complaint)
  console.log(complaints.length === 0 ? 'No complaints.' : `${complaints.length} complaints.`)
  process.exitCode = complaints.length === 0 ? 0 : 1
} finally {
  await browser.close()
}
