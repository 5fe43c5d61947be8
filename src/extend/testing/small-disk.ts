import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Mounting needs root; the tests that do it say so in their names. */
export const canMount = process.getuid?.() === 0 && mountWorks()

/** A disk in memory of its own for the running test. */
export function smallDisk(options: string): {
  readonly folder: string
  readonly remount: (options: string) => void
} {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-small-disk-'))
  mount(['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, remount: (wanted) => mount(['-o', `remount,${wanted}`, folder]) }
}

export const canBreakDisks =
  canMount && ['mkfs.ext4', 'xfs_io'].every((name) => spawnSync(name, ['-V']).error === undefined)

/** A real file system, in a file, that can be made to answer every call with an error of the disk. */
export function breakableDisk(): { readonly folder: string; readonly fail: () => void } {
  const place = mkdtempSync(join(tmpdir(), 'sluice-small-disk-'))
  const folder = join(place, 'disk')
  const image = join(place, 'disk.img')
  mkdirSync(folder)
  writeFileSync(image, '')
  truncateSync(image, 64 * 1024 * 1024)
  command('mkfs.ext4', ['-q', '-F', image])
  mount(['-o', 'loop', image, folder])
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder])
    rmSync(place, { recursive: true, force: true })
  })
  return { folder, fail: () => command('xfs_io', ['-x', '-c', 'shutdown', folder]) }
}

function mount(words: readonly string[]): void {
  command('mount', words)
}

function command(name: string, words: readonly string[]): void {
  const done = spawnSync(name, words, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${name} ${words.join(' ')}: ${done.error?.message ?? done.stderr}`)
}

function mountWorks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-small-disk-'))
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false
    spawnSync('umount', [folder])
    return true
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
