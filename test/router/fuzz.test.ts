// What the router passes on of a hostile connection is compared with what Node's parser sees in the same bytes, and
// with what HAProxy passes on. FUZZ_CASES and FUZZ_SEED ask for more.
import { expect, test } from 'vitest'
import { hostileConnection, randomFrom } from './hostile-requests.ts'
import {
  haproxyIsMissing,
  type Reader,
  type Reading,
  startHaproxyReader,
  startNodeReader,
  startRouterReader,
} from './three-readers.ts'

const CASES = Number(process.env['FUZZ_CASES'] ?? 1_500)
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121)
const AT_ONCE = 24

/** Where we accept and another reader does not, and why that is no danger. */
const KNOWN_DIFFERENCES: readonly {
  readonly reader: 'node' | 'haproxy'
  readonly what: string
  readonly why: string
  readonly applies: (text: string) => boolean
}[] = [
  {
    reader: 'haproxy',
    what: 'an absolute target that names another host than the Host header is passed on',
    why: 'The target counts and its host goes on as the Host header (RFC 9112, 3.2.2): behind us there is only one host.',
    applies: (text) => /\w+ http:\/\//.test(text),
  },
  {
    reader: 'haproxy',
    what: 'a GET, HEAD or DELETE of HTTP/1.0 may have a body of a stated length',
    why: 'HAProxy answers 413 because old servers overlook such a body. What goes on from us is HTTP/1.1 with that length.',
    applies: (text) => /(GET|HEAD|DELETE) \S+ HTTP\/1\.0/.test(text) && /content-length/i.test(text),
  },
]

test('what the router passes on, every other reader understands in the same way', async () => {
  const readers = {
    router: await startRouterReader(),
    node: await startNodeReader(),
    ...(haproxyIsMissing() ? {} : { haproxy: await startHaproxyReader() }),
  }
  const random = randomFrom(SEED)
  const texts = Array.from({ length: CASES }, () => hostileConnection(random))
  const disagreements: unknown[] = []
  let passedOn = 0
  let refused = 0
  const lane = async (from: number) => {
    for (let at = from; at < texts.length; at += AT_ONCE) {
      const text = texts[at] ?? ''
      const readings = await readAll(readers, text)
      const ours = readings.get('router')
      passedOn += ours?.seen.length ?? 0
      if (/HTTP\/1\.1 [45]\d\d/.test(ours?.answers ?? '')) refused += 1
      disagreements.push(...disagreementsOf(text, readings))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, from) => lane(from)))
  expect(disagreements.slice(0, 5)).toEqual([])
  // Neither was everything refused nor everything taken: otherwise this would say nothing.
  expect(passedOn).toBeGreaterThan(CASES / 4)
  expect(refused).toBeGreaterThan(CASES / 4)
})

test('bytes that come in pieces are understood as in one', async () => {
  const [whole, pieces] = [await startRouterReader(), await startRouterReader({ inPieces: true })]
  const random = randomFrom(SEED + 1)
  const texts = Array.from({ length: CASES / 5 }, () => hostileConnection(random))
  const lane = async (from: number) => {
    for (let at = from; at < texts.length; at += AT_ONCE) {
      const text = texts[at] ?? ''
      const [one, other] = await Promise.all([whole(text), pieces(text)])
      expect({ text, seen: other.seen }).toEqual({ text, seen: one.seen })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, from) => lane(from)))
})

async function readAll(
  readers: Readonly<Record<string, Reader>>,
  text: string,
): Promise<ReadonlyMap<string, Reading>> {
  const readings = Object.entries(readers).map(async ([name, read]) => [name, await read(text)] as const)
  return new Map(await Promise.all(readings))
}

/** Requests that the router passed on and another reader did not see, or saw differently. */
function disagreementsOf(text: string, readings: ReadonlyMap<string, Reading>): readonly unknown[] {
  const ours = readings.get('router')?.seen ?? []
  return (['node', 'haproxy'] as const).flatMap((reader) => {
    const theirs = readings.get(reader)
    if (theirs === undefined) return []
    const same = ours.every((each, at) => JSON.stringify(each) === JSON.stringify(theirs.seen[at]))
    const isKnown = KNOWN_DIFFERENCES.some((each) => each.reader === reader && each.applies(text))
    return same || isKnown
      ? []
      : [{ text, reader, ours, theirs: theirs.seen, answers: theirs.answers.slice(0, 60) }]
  })
}
