// The Date header for answers that come without one, made once a second.
let madeAtSecond = -1
let line = ''

export function dateLine(nowMs = Date.now()): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== madeAtSecond) {
    madeAtSecond = second
    line = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
  }
  return line
}
