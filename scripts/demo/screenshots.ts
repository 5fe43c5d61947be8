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

const SCHEMES = ['light', 'dark'] as const
const WORDS_MS_MAX = 3_000
/** What the page says when the moment has come; the candidate has a line of its own, with its errors in the third column. */
const WORDS: Readonly<Record<Scene, RegExp>> = {
  'one-box': /#6\s+candidate\s*\t[^\t\n]*\t[^\t\n]*\t[1-9]/,
  'behind-the-lock': /Waits to enter/,
  'piled-up': /Waits to enter/,
  end: /[Aa] person took it out/,
}

export interface Photographer {
  take(scene: Scene): Promise<void>
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
  // Ctrl-C is the demo's to answer: the library would end the process at once, and leave the program running.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
  const browser = await chromium.launch({ executablePath, args: FLAGS, ...signals })
  const pages = await Promise.all(
    SCHEMES.map(async (colorScheme) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme })
      await page.goto(address)
      return { page, colorScheme }
    }),
  )
  return {
    take: async (scene) => {
      const { source } = WORDS[scene]
      await Promise.all(
        pages.map(async ({ page, colorScheme }) => {
          // A picture without the words is better than none.
          await page
            .waitForFunction(
              `new RegExp(${JSON.stringify(source)}).test(document.body.innerText)`,
              undefined,
              { timeout: WORDS_MS_MAX },
            )
            .catch(() => undefined)
          await page.screenshot({ path: join(resolve(folder), `${scene}-${colorScheme}.png`) })
        }),
      )
    },
    close: () => browser.close(),
  }
}
