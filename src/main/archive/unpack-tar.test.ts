// Archives as real programs write them, and as somebody who means harm would.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  linkSync,
  writeFileSync,
  chmodSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { unpackTar } from './unpack-tar.ts'

const LIMITS = { bytesMax: 1_000_000, entriesMax: 100 }

function room(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-unpack-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** In pieces of a size of its own: where they are cut must not matter. */
async function* inPieces(bytes: Uint8Array, size = 777): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function unpack(bytes: Uint8Array, limits = LIMITS): Promise<string> {
  const folder = join(room(), 'into')
  mkdirSync(folder)
  await unpackTar(inPieces(bytes), folder, limits)
  return folder
}

type Made = { path: string; type?: string; target?: string; text?: string; mode?: number; size?: number }

/** An archive by hand, for what no honest program writes. */
function tarOf(entries: readonly Made[], end = true): Buffer {
  const blocks = entries.flatMap(({ path, type = '0', target = '', text = '', mode = 0o644, size }) => {
    const header = Buffer.alloc(512)
    header.write(path, 0, 100)
    header.write(mode.toString(8).padStart(7, '0'), 100)
    header.write((size ?? Buffer.byteLength(text)).toString(8).padStart(11, '0'), 124)
    header.write(type, 156, 1, 'latin1')
    header.write(target, 157, 100)
    header.write('ustar\0', 257, 'latin1')
    header.fill(' ', 148, 156)
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512)
    body.write(text)
    return [header, body]
  })
  return Buffer.concat([...blocks, Buffer.alloc(end ? 1024 : 0)])
}

test.each(['gnu', 'pax', 'ustar'])(
  'what tar packs as %s is laid as it was: modes, long names, links',
  async (format) => {
    const from = join(room(), 'dist')
    const deep = join(from, ...Array.from({ length: 4 }, (_, at) => `${at}`.repeat(30)))
    mkdirSync(deep, { recursive: true })
    writeFileSync(join(deep, 'größe.txt'), 'deep')
    writeFileSync(join(from, 'run.sh'), '#!/bin/sh\n')
    chmodSync(join(from, 'run.sh'), 0o755)
    symlinkSync('run.sh', join(from, 'start'))
    linkSync(join(from, 'run.sh'), join(from, 'twin.sh'))
    writeFileSync(join(from, 'big'), Buffer.alloc(100_001, 7))
    const packed = execFileSync('tar', [`--format=${format}`, '-cf', '-', '-C', from, '.'], {
      maxBuffer: 1e8,
    })
    const to = await unpack(packed)
    const listing = (folder: string): string =>
      execFileSync(
        'sh',
        ['-c', 'find . -type f -exec sha256sum {} + | sort; find . -printf "%p %M %l\\n" | sort'],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      )
    expect(listing(to)).toBe(listing(from))
    expect(readlinkSync(join(to, 'start'))).toBe('run.sh')
    expect(statSync(join(to, 'twin.sh')).nlink).toBe(1)
  },
)

const bad: readonly (readonly [what: string, entries: readonly Made[], says: RegExp])[] = [
  ['a name that climbs out', [{ path: 'a/../../evil', text: 'x' }], /leads out/],
  ['an absolute name', [{ path: '/tmp/evil', text: 'x' }], /leads out/],
  [
    'a link that climbs out',
    [
      { path: 'a', text: 'x' },
      { path: 'd/l', type: '2', target: '../../etc' },
    ],
    /leads out/,
  ],
  [
    'an absolute link',
    [
      { path: 'a', text: 'x' },
      { path: 'l', type: '2', target: '/etc/passwd' },
    ],
    /leads out/,
  ],
  [
    'a file through a link',
    [
      { path: 'l', type: '2', target: 'd' },
      { path: 'l/file', text: 'x' },
    ],
    /something else/,
  ],
  [
    'a link through a link',
    [
      { path: 'a', text: 'x' },
      { path: 'l', type: '2', target: 'd' },
      { path: 'l/m', type: '2', target: 'x' },
    ],
    /something else/,
  ],
  ['a second name of what is not in it', [{ path: 'a', type: '1', target: 'b' }], /did not come before/],
  ['a second name of a file outside', [{ path: 'a', type: '1', target: '../../etc/passwd' }], /leads out/],
  ['a device', [{ path: 'null', type: '3' }], /neither a plain file/],
  ['a pipe', [{ path: 'pipe', type: '6' }], /neither a plain file/],
  [
    'a file that is a folder, too',
    [
      { path: 'a', text: 'x' },
      { path: 'a/b', text: 'y' },
    ],
    /as a file and as a folder/,
  ],
  [
    'the same file twice',
    [
      { path: 'a', text: 'x' },
      { path: './a', text: 'y' },
    ],
    /twice/,
  ],
  ['nothing', [], /holds no file/],
  ['more bytes than are taken', [{ path: 'a', text: 'x', size: 2_000_000 }], /MiB/],
  [
    'a size that claims what never comes',
    [{ path: 'a', text: 'x', size: 500_000 }],
    /ends before it is over/,
  ],
]
test.each(bad)('%s is refused', async (_what, entries, says) => {
  await expect(unpack(tarOf(entries))).rejects.toThrow(says)
  expect(existsSync('/tmp/evil')).toBe(false)
})

test('more files than are taken are refused', async () => {
  const many = Array.from({ length: 101 }, (_, at) => ({ path: `f${at}`, text: 'x' }))
  await expect(unpack(tarOf(many))).rejects.toThrow(/more than 100 files/)
})

test('an archive that was cut off is refused wherever the cut is', async () => {
  const whole = tarOf(
    [
      { path: 'a', text: 'x'.repeat(600) },
      { path: 'b', text: 'y' },
    ],
    false,
  )
  for (const at of [0, 100, 512, 700, 1536, 2000, whole.length])
    await expect(unpack(whole.subarray(0, at)), `cut at ${at}`).rejects.toThrow(/ends before it is over/)
})

test('what is no archive is refused with the command that packs one', async () => {
  await expect(unpack(Buffer.alloc(2048, 'PK'))).rejects.toThrow(/tar -czf/)
})

test('the owner can always read and clear away what was laid', async () => {
  const to = await unpack(
    tarOf([
      { path: 'd/', type: '5', mode: 0 },
      { path: 'd/a', text: 'x', mode: 0 },
    ]),
  )
  expect(readFileSync(join(to, 'd', 'a'), 'utf8')).toBe('x')
  expect(lstatSync(join(to, 'd')).mode & 0o700).toBe(0o700)
})
