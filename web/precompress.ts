// Writes a compressed copy beside each built file, which the server sends as it is: on a phone at night the page comes
// in a third of the time, and nothing is compressed twice.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const compressors = [
  { ending: 'br', compress: promisify(brotliCompress) },
  { ending: 'gz', compress: promisify(gzip) },
] as const
const worthIt = /\.(?:js|css|svg|html)$/

export function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return
      for (const name of Object.keys(bundle).filter((each) => worthIt.test(each))) {
        const bytes = await readFile(join(dir, name))
        for (const { ending, compress } of compressors)
          await writeFile(join(dir, `${name}.${ending}`), await compress(bytes))
      }
    },
  }
}
