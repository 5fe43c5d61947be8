// Pictures of the board in a real browser, at moments of the story worth one.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Scene } from './story-steps.ts'

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const WORDS_MS_MAX = 2_000

export interface Photographer {
  /** Waits a little for the page to show these words; a picture without them is better than none. */
  take(scene: Scene, words: string): Promise<void>
  close(): Promise<void>
}

const nobody: Photographer = { take: async () => undefined, close: async () => undefined }

export async function createPhotographer(folder: string | null, address: string): Promise<Photographer> {
  if (folder === null) return nobody
  const executablePath = BROWSERS.find((path) => existsSync(path))
  if (executablePath === undefined)
    throw new Error(`there is no Chromium for --screenshots: ${BROWSERS.join(', ')}`)
  await mkdir(resolve(folder), { recursive: true })
  // Only who wants pictures needs the library.
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
  await page.goto(address)
  return {
    take: async (scene, words) => {
      await page
        .getByText(words)
        .first()
        .waitFor({ timeout: WORDS_MS_MAX })
        .catch(() => undefined)
      await page.screenshot({ path: join(resolve(folder), `${scene}.png`) })
    },
    close: () => browser.close(),
  }
}
