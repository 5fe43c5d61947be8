// Requests that try to be understood differently by two readers, drawn from a seed: every part of a message in its
// proper form most of the time, and in one of the forms that have fooled somebody the rest of the time.

export type Random = () => number

/** A small generator (mulberry32): the same seed gives the same requests for ever. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const METHODS = ['GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PURGE']
const ODD_METHODS = ['get', 'GE T', 'G\tET', '', 'BREW', 'CONNECT', 'GET\0', 'GÉT', '"GET"', 'POST/1']
const TARGETS = ['/', '/a', '/a?b=c', '/%20', '/a//b/../c', 'http://shop.localhost/abs', '*']
const ODD_TARGETS = [
  'a',
  '/a b',
  '/\x7f',
  '/é',
  '/a#b',
  '',
  '/a\tb',
  '//x',
  'http://',
  'http:///x',
  '/\0',
  'ftp://x/',
  '/<>"{}|^`',
]
const VERSIONS = ['HTTP/1.1']
const ODD_VERSIONS = [
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'http/1.1',
  'HTTP/1.1 ',
  'HTTP/01.1',
  'HTTP/1.10',
  '',
]
const LENGTH_NAMES = ['Content-Length', 'content-length', 'CONTENT-LENGTH']
const ODD_LENGTH_NAMES = [
  'Content-Length ',
  'Content_Length',
  'Content-Length\t',
  ' Content-Length',
  'Content-Length\0',
  'Content Length',
]
const CODING_NAMES = ['Transfer-Encoding', 'transfer-encoding']
const ODD_CODING_NAMES = [
  'Transfer-Encoding ',
  'Transfer_Encoding',
  'Transfer-Encoding\t',
  ' Transfer-Encoding',
  '\rTransfer-Encoding',
  'Transfer-Encoding\x0b',
]
const CODINGS = ['chunked', 'Chunked', 'chunked ', ' chunked', '\tchunked']
const ODD_CODINGS = [
  'gzip, chunked',
  'chunked, chunked',
  'identity',
  'xchunked',
  'chunke',
  '\x0bchunked',
  'chunked\x0b',
  '"chunked"',
  'chunked;q=1',
  ',chunked',
  'chunked,',
  'chunked, identity',
  '',
  'chunked\r',
  'ch\0unked',
]
const OTHER_LINES = [
  'X-A: 1',
  'X-Empty:',
  'Accept: */*',
  'Connection: keep-alive',
  'Cookie: a=b; c=d',
  'Expect: nothing',
  'Connection: Content-Length',
  'Connection: Transfer-Encoding, Host',
  'Upgrade: h2c',
  'TE: trailers',
  'X-Forwarded-For: 1.1.1.1',
  'X-Tab:\ta\tb',
]
const ODD_OTHER_LINES = [
  'X A: 1',
  ': 1',
  'X-A',
  'X-A : 1',
  'X-A: 1\r\n folded',
  'X-A: 1\n X-B: 2',
  'X-\0: 1',
  'X-A: a\0b',
  'X-A: a\rb',
  'X-É: 1',
  'Host: other',
  'X-A: é',
  'X-A:\x0b1',
  'X-A: \x7f',
  '\tX-A: 1',
  'Connection: close',
  'X-A: 1\r',
  'GET / HTTP/1.1',
]
const ENDS = ['\r\n']
const ODD_ENDS = ['\n', '\r', '\r\r\n', '\n\r', '\r\n\r', '\0\r\n']

/** The bytes of one to three requests, a character a byte. */
export function hostileConnection(random: Random): string {
  const count = 1 + Math.floor(random() * 3)
  let text = random() < 0.05 ? pick(random, ['\r\n', '\n', ' ', '\r\n\r\n', '\r']) : ''
  for (let n = 0; n < count; n += 1) text += hostileRequest(random)
  return random() < 0.35 ? mutated(random, text) : text
}

function hostileRequest(random: Random): string {
  // Most requests have exactly one odd thing in them: with two, the first hides the second.
  const oddness = random() < 0.25 ? 0 : random() < 0.8 ? 0.12 : 0.4
  const odd = (proper: readonly string[], strange: readonly string[]) =>
    pick(random, random() < oddness ? strange : proper)
  const end = () => odd(ENDS, ODD_ENDS)
  let method = odd(METHODS, ODD_METHODS)
  let target = odd(TARGETS, ODD_TARGETS)
  if (target === '*' && random() < 0.9) method = 'OPTIONS'
  const body = pick(random, [
    '',
    'abc',
    'hello world',
    'GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n',
    '0\r\n\r\n',
    '5',
  ])
  const kind = pick(random, ['none', 'none', 'sized', 'sized', 'chunked', 'chunked', 'both'])
  if (kind !== 'none' && (method === 'GET' || method === 'HEAD') && random() < 0.7) method = 'POST'
  const lines =
    random() < 0.97
      ? [
          odd(
            ['Host: shop.localhost'],
            ['Host: a\r\nHost: b', 'Host : a', 'Host: a/b', 'Host: a b', 'Host:', 'Host: a@b', 'Host: a,b'],
          ),
        ]
      : []
  if (kind === 'sized' || kind === 'both') {
    lines.push(`${odd(LENGTH_NAMES, ODD_LENGTH_NAMES)}:${odd([` ${body.length}`], oddLengths(body.length))}`)
    if (random() < oddness / 2) lines.push(`Content-Length: ${body.length + (random() < 0.5 ? 1 : 0)}`)
  }
  if (kind === 'chunked' || kind === 'both') {
    lines.push(`${odd(CODING_NAMES, ODD_CODING_NAMES)}:${odd(CODINGS, ODD_CODINGS)}`)
    if (random() < oddness / 2) lines.push(`Transfer-Encoding: ${pick(random, CODINGS)}`)
  }
  while (random() < 0.4) lines.push(odd(OTHER_LINES, ODD_OTHER_LINES))
  if (random() < 0.3) lines.reverse()
  const head = `${method} ${target} ${odd(VERSIONS, ODD_VERSIONS)}${end()}${lines.map((line) => `${line}${end()}`).join('')}${end()}`
  if (kind === 'none') return head
  return head + (kind === 'sized' ? body : chunkedBody(random, body, oddness))
}

function oddLengths(length: number): readonly string[] {
  return [
    ` 0${length}`,
    ` +${length}`,
    ` -${length}`,
    ` ${length}, ${length}`,
    ` ${length},`,
    ` 0x${length}`,
    ` ${length} `,
    ` ${length}\x0b`,
    '',
    ' ',
    ` ${length}abc`,
    ` ${length}.0`,
    ' 99999999999999999999',
    ` ${length} ${length}`,
    `\t${length}`,
    ` ${length}\r`,
    ` ${length}\0`,
    ` ${length + 1}`,
    ` ${Math.max(0, length - 1)}`,
    ` 00000000000000000000${length}`,
    ` ${length}e0`,
  ]
}

function chunkedBody(random: Random, body: string, oddness: number): string {
  const odd = (proper: readonly string[], strange: readonly string[]) =>
    pick(random, random() < oddness ? strange : proper)
  const pieces =
    body === ''
      ? []
      : random() < 0.5
        ? [body]
        : [body.slice(0, 1), body.slice(1)].filter((each) => each !== '')
  const end = () => odd(ENDS, ODD_ENDS)
  const chunks = pieces.map((piece) => {
    const size = piece.length.toString(16)
    const line = odd(
      [size, size.toUpperCase(), `0${size}`],
      [
        `${size};ext=1`,
        `${size} `,
        ` ${size}`,
        `0x${size}`,
        `+${size}`,
        `-${size}`,
        `${size};`,
        `${size}\t;a`,
        `${size};a="\r\nb"`,
        `${size};\n`,
        `${size}\x0b`,
        '',
        `${size}g`,
        `00000000000000000${size}`,
        `ffffffffffffffff${size}`,
        `${size};a=\0`,
      ],
    )
    return `${line}${end()}${piece}${odd(ENDS, [...ODD_ENDS, '', 'x\r\n'])}`
  })
  const last = odd(['0'], ['00', '0;ext', '0 ', '-0', '', '0x0', '000000000000000000'])
  const trailers =
    random() < 0.25
      ? odd(
          ['X-T: 1\r\n', 'Content-Length: 5\r\n', 'Host: evil\r\n'],
          ['X-T : 1\r\n', ' X-T: 1\r\n', 'X-T\r\n', 'X-T: 1\n', 'X-T: a\r\n b\r\n'],
        )
      : ''
  return `${chunks.join('')}${last}${end()}${trailers}${odd(ENDS, ODD_ENDS)}`
}

/** One byte more, less or other, somewhere. */
function mutated(random: Random, text: string): string {
  const at = Math.floor(random() * text.length)
  const sign = pick(random, ['\r', '\n', '\0', ' ', '\t', ':', ',', ';', '0', '\x0b', '\x7f', 'é', '-', '_'])
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + sign + text.slice(at)
    case 2:
      return text.slice(0, at) + sign + text.slice(at + 1)
    default:
      return text.slice(0, at) + text.slice(at).slice(0, 1) + text.slice(at)
  }
}

function pick<T>(random: Random, all: readonly T[]): T {
  const one = all[Math.floor(random() * all.length)]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}
