// Makes the package that is published: built JavaScript, the web page, and a manifest without what only this
// repository needs (its own Node, its tools). Usage: node scripts/pack.ts [folder for the tarball]
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifestSchema = z.looseObject({
  version: z.string(),
  exports: z.record(z.string(), z.string()),
})

/** Resolves to the path of the tarball. */
export function pack(into: string): string {
  const staging = mkdtempSync(join(tmpdir(), 'sluice-pack-'))
  try {
    run('tsc', ['-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist/node')])
    for (const path of ['bin', 'LICENSE', 'README.md', 'dist/web'])
      if (existsSync(join(root, path))) cpSync(join(root, path), join(staging, path), { recursive: true })
    const manifest = publishedManifest(readFileSync(join(root, 'package.json'), 'utf8'))
    writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    mkdirSync(into, { recursive: true })
    const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', resolve(into)], {
      cwd: staging,
      encoding: 'utf8',
    })
    const [packed] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(printed))
    if (packed === undefined) throw new Error('npm packed nothing')
    return join(resolve(into), packed.filename)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** What users install must bring no Node, no tools and no scripts. */
export function publishedManifest(text: string): Record<string, unknown> {
  const {
    private: _private,
    optionalDependencies: _ownNode,
    devDependencies: _tools,
    allowScripts: _allowScripts,
    scripts: _scripts,
    exports,
    ...kept
  } = manifestSchema.parse(JSON.parse(text))
  const built = Object.entries(exports).map(([name, path]) => [name, builtExport(path)])
  return { ...kept, exports: Object.fromEntries(built), files: ['bin', 'dist', 'LICENSE', 'README.md'] }
}

/** `./src/x.ts` as it is called once it is built. */
function builtExport(path: string): unknown {
  const found = /^\.\/(src\/.*)\.ts$/.exec(path)
  if (found === null) return path
  return { types: `./dist/node/${found[1]}.d.ts`, default: `./dist/node/${found[1]}.js` }
}

function run(program: string, args: readonly string[]): void {
  execFileSync(join(root, 'node_modules/.bin', program), [...args], { cwd: root, stdio: ['ignore', 2, 2] })
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`${pack(process.argv[2] ?? root)}\n`)
