// Runs in a process of its own: imports the config file named in argv and hands its default export, as plain data,
// to the parent on descriptor 3. The file may print, loop or exit as it likes; only descriptor 3 counts.
import { readFileSync, writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isModule } from '../locate/scan-source.ts'
import { plainValue } from './plain-value.ts'

const ownExtension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const defineConfigUrl = new URL(`../define-config${ownExtension}`, import.meta.url).href

registerHooks({
  // The user's repository need not have this package installed for its config to be read.
  resolve(specifier, context, nextResolve) {
    if (specifier === 'sluice') return { url: defineConfigUrl, shortCircuit: true }
    return nextResolve(specifier, context)
  },
  // `npm init` writes `"type": "commonjs"`, under which Node refuses `import` in `.ts` and `.js`; a config uses it anyway.
  load(url, context, nextLoad) {
    const format = moduleFormat(url)
    return format === null ? nextLoad(url, context) : nextLoad(url, { ...context, format })
  },
})

function moduleFormat(url: string): 'module' | 'module-typescript' | null {
  const kind = /\.(ts|js)$/.exec(url)?.[1]
  if (kind === undefined || !url.startsWith('file:') || url.includes('/node_modules/')) return null
  const source = readFileSync(fileURLToPath(url), 'utf8')
  if (!isModule(source)) return null
  return kind === 'ts' ? 'module-typescript' : 'module'
}

const file = process.argv[2] ?? ''
// A failed import is left uncaught on purpose: Node then prints the place in the file, which it tells in no other way.
const module: Record<string, unknown> = await import(pathToFileURL(file).href)
const answer = 'default' in module ? plainValue(await module['default']) : { hasDefault: false }
writeWhole(3, JSON.stringify(answer))
// Timers and sockets the config left open must not keep us waiting.
process.exit(0)

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
}
