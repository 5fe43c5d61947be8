// The real page of a real server in a real browser, and how a person presses on it.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { startChromium } from '../../../web/dev/browser.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
/** For a slow machine, before something counts as not happening. */
const PATIENCE_MS = 30_000

export type BoardPage = {
  readonly page: Page
  open(path: string): Promise<void>
  /** An act from the menu of a stage's card. */
  menu(stage: string, act: RegExp): Promise<Locator>
  /** A button somewhere on the page; the dialog that it opens. */
  press(button: string | RegExp): Promise<Locator>
  close(): Promise<void>
}

/** The page is built where it is missing: the server shows the one of its own folder. */
export function buildPageIfMissing(): void {
  if (existsSync(join(ROOT, 'dist', 'web', 'index.html'))) return
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  execFileSync(process.execPath, [vite, 'build', 'web', '--logLevel', 'error'], { cwd: ROOT })
}

export async function openBoard(apiPort: number): Promise<BoardPage> {
  const browser: Browser = await startChromium()
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, reducedMotion: 'reduce' })
  page.setDefaultTimeout(PATIENCE_MS)
  const address = `http://127.0.0.1:${apiPort}`
  const dialog = page.getByRole('dialog')
  return {
    page,
    open: async (path) => {
      await page.goto(address + path)
      await page.locator('main h1').first().waitFor()
    },
    menu: async (stage, act) => {
      await page.getByRole('button', { name: `More acts on shop ${stage}` }).click()
      await page.getByRole('menuitem', { name: act }).click()
      await dialog.waitFor()
      return dialog
    },
    press: async (button) => {
      await page.getByRole('button', { name: button, exact: true }).first().click()
      await dialog.waitFor()
      return dialog
    },
    close: () => browser.close(),
  }
}

/** Waits until the server has said what would happen, does it, and hands back what the server said came of it. */
export async function doIt(dialog: Locator, button: string, reason?: string): Promise<string> {
  if (reason !== undefined)
    await dialog.getByLabel(/Why, for the audit log|Words for its author/).fill(reason)
  await dialog
    .getByText('What happens:')
    .waitFor()
    .catch(async (error: unknown) => {
      throw new Error(`not foreseen: ${await dialog.getByRole('status').textContent()}`, { cause: error })
    })
  await dialog.getByRole('button', { name: button, exact: true }).click()
  const done = dialog.getByRole('button', { name: 'Done' })
  await done.waitFor()
  const said = await dialog.getByRole('status').textContent()
  await done.click()
  await dialog.waitFor({ state: 'detached' })
  return said?.trim() ?? ''
}
