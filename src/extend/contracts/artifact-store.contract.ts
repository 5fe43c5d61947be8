// What every artifact store promises.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ArtifactStore } from '../../ports/artifact-store.ts'

export type ArtifactStoreBench = {
  readonly store: ArtifactStore
  /** Lets time pass for the store's clock. */
  pass(ms: number): void
  close(): Promise<void>
}

export function artifactStoreContract(name: string, makeBench: () => Promise<ArtifactStoreBench>): void {
  describe(`${name} keeps the promises of an artifact store`, () => {
    let bench: ArtifactStoreBench
    let scratch: string
    let folders = 0
    beforeEach(async () => {
      bench = await makeBench()
      scratch = mkdtempSync(join(tmpdir(), 'sluice-artifacts-'))
    })
    afterEach(async () => {
      await bench.close()
      rmSync(scratch, { recursive: true, force: true })
    })

    /** A fresh folder with these files in it. */
    const folderOf = (files: Readonly<Record<string, string>>) => {
      const folder = join(scratch, `made-${folders++}`)
      mkdirSync(folder)
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(folder, path, '..'), { recursive: true })
        writeFileSync(join(folder, path), text)
      }
      return folder
    }
    const put = async (files: Readonly<Record<string, string>>) =>
      (await bench.store.put(folderOf(files))).digest

    test('what was put is laid again, file for file', async () => {
      const folder = folderOf({ 'a.txt': 'a', 'deep/er/b.txt': 'bb' })
      const { digest, sizeBytes } = await bench.store.put(folder)
      expect(digest).toMatch(/^sha256-[0-9a-f]{64}$/)
      expect(sizeBytes).toBe(3)
      await bench.store.lay(digest, join(scratch, 'laid'))
      const names = (place: string) => new Set(readdirSync(place, { recursive: true, encoding: 'utf8' }))
      expect(names(join(scratch, 'laid'))).toEqual(names(folder))
      expect(readFileSync(join(scratch, 'laid/deep/er/b.txt'), 'utf8')).toBe('bb')
    })

    test('modes, links and empty folders come along', async () => {
      const folder = folderOf({ 'run.sh': '#!/bin/sh\n', 'read-only': 'x', 'folder/file': 'y' })
      chmodSync(join(folder, 'run.sh'), 0o755)
      chmodSync(join(folder, 'read-only'), 0o444)
      mkdirSync(join(folder, 'empty'))
      symlinkSync('run.sh', join(folder, 'link'))
      symlinkSync('/etc/hostname', join(folder, 'outward'))
      const { digest } = await bench.store.put(folder)
      const laid = join(scratch, 'laid')
      await bench.store.lay(digest, laid)
      expect(lstatSync(join(laid, 'run.sh')).mode & 0o777).toBe(0o755)
      expect(lstatSync(join(laid, 'read-only')).mode & 0o777).toBe(0o444)
      expect(readdirSync(join(laid, 'empty'))).toEqual([])
      expect(readlinkSync(join(laid, 'link'))).toBe('run.sh')
      expect(readlinkSync(join(laid, 'outward'))).toBe('/etc/hostname')
    })

    test('the same content has the same name, anything else another', async () => {
      const digest = await put({ a: '1', b: '2' })
      expect(await put({ b: '2', a: '1' })).toBe(digest)
      const others = [await put({ a: '1' }), await put({ a: '1', b: '3' }), await put({ a: '1', c: '2' })]
      const executable = folderOf({ a: '1', b: '2' })
      chmodSync(join(executable, 'a'), 0o755)
      others.push((await bench.store.put(executable)).digest)
      const linked = folderOf({ a: '1' })
      symlinkSync('2', join(linked, 'b'))
      others.push((await bench.store.put(linked)).digest)
      expect(new Set([digest, ...others]).size).toBe(6)
    })

    test('a laid copy is its own: writing into it changes no other', async () => {
      const digest = await put({ a: 'as built' })
      await bench.store.lay(digest, join(scratch, 'one'))
      writeFileSync(join(scratch, 'one/a'), 'changed')
      await bench.store.lay(digest, join(scratch, 'two'))
      expect(readFileSync(join(scratch, 'two/a'), 'utf8')).toBe('as built')
    })

    test('the folder that was put may change or go afterwards', async () => {
      const folder = folderOf({ a: 'as built' })
      const { digest } = await bench.store.put(folder)
      writeFileSync(join(folder, 'a'), 'changed')
      rmSync(folder, { recursive: true })
      await bench.store.lay(digest, join(scratch, 'laid'))
      expect(readFileSync(join(scratch, 'laid/a'), 'utf8')).toBe('as built')
    })

    test('it has what was put and nothing else', async () => {
      const digest = await put({ a: 'a' })
      expect(await bench.store.has(digest)).toBe(true)
      expect(await bench.store.has(`sha256-${'0'.repeat(64)}`)).toBe(false)
      expect(await bench.store.has('../listings')).toBe(false)
    })

    test('an artifact that is not there cannot be laid', async () => {
      const unknown = `sha256-${'0'.repeat(64)}`
      await expect(bench.store.lay(unknown, join(scratch, 'laid'))).rejects.toMatchObject({
        code: 'artifact/unknown',
        again: 'never',
      })
    })

    test('nothing is laid over files that are there', async () => {
      const digest = await put({ a: 'a' })
      const used = folderOf({ mine: 'mine' })
      await expect(bench.store.lay(digest, used)).rejects.toMatchObject({ code: 'artifact/folder-in-use' })
      expect(readdirSync(used)).toEqual(['mine'])
    })

    test('an empty folder is an artifact too, and may be laid into an empty folder', async () => {
      const digest = await put({})
      const empty = folderOf({})
      await bench.store.lay(digest, empty)
      expect(readdirSync(empty)).toEqual([])
    })

    test('a socket cannot be part of an artifact', async () => {
      const folder = folderOf({})
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve))
      try {
        await expect(bench.store.put(folder)).rejects.toMatchObject({ code: 'artifact/special-file' })
      } finally {
        await new Promise((resolve) => server.close(resolve))
      }
    })

    test('what is too old is forgotten, unless it is to be kept', async () => {
      const kept = await put({ a: 'kept' })
      const old = await put({ a: 'old' })
      bench.pass(1_000)
      const young = await put({ a: 'young' })
      const gone = await bench.store.retain({ keep: new Set([kept]), bytesMax: 1_000_000, olderThanMs: 500 })
      expect(gone).toEqual([old])
      expect(await bench.store.has(old)).toBe(false)
      for (const digest of [kept, young]) await bench.store.lay(digest, join(scratch, digest))
    })

    test('what is too much is forgotten, oldest first, and no more than needed', async () => {
      const made = []
      for (const letter of 'abcd') {
        made.push(await put({ file: letter.repeat(1_000) }))
        bench.pass(10)
      }
      const gone = await bench.store.retain({
        keep: new Set([made[0]!]),
        bytesMax: 2_500,
        olderThanMs: 1_000_000,
      })
      expect(gone).toEqual([made[1], made[2]])
      for (const digest of [made[0]!, made[3]!]) await bench.store.lay(digest, join(scratch, digest))
    })

    test('putting again what is there makes it the newest', async () => {
      const first = await put({ file: 'first' })
      bench.pass(10)
      const second = await put({ file: 'other' })
      bench.pass(10)
      expect(await put({ file: 'first' })).toBe(first)
      expect(await bench.store.retain({ keep: new Set(), bytesMax: 5, olderThanMs: 1_000 })).toEqual([second])
    })

    test('puts, lays and a clean-up at once do not disturb each other', async () => {
      const kept = await put({ shared: 'shared', own: 'kept' })
      const work = Array.from({ length: 12 }, async (_, index) => {
        const digest = await put({ shared: 'shared', own: `own ${index % 3}` })
        await bench.store.lay(kept, join(scratch, `laid-${index}`))
        return digest
      })
      const clean = bench.store.retain({ keep: new Set([kept]), bytesMax: 0, olderThanMs: 1_000_000 })
      await Promise.all([...work, clean])
      await bench.store.lay(kept, join(scratch, 'at-last'))
      expect(readFileSync(join(scratch, 'at-last/own'), 'utf8')).toBe('kept')
    })
  })
}
