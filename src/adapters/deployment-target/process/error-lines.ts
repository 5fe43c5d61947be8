// Which lines of output say that something went wrong, whatever the logger: JSON with a level by name or by number
// (pino, bunyan: 50 and up), logfmt, or plain text.

const jsonLevel = /"(?:level|severity|lvl|levelname|log\.level)"\s*:\s*(?:"([a-z]+)"|(\d+))/i
const logfmtLevel = /(?:^|\s)(?:level|lvl|severity)=("?)([a-z]+)\1(?:\s|$)/i
const errorName = /^(?:error|err|fatal|critical|crit|alert|emerg|emergency|panic)$/i
const plainLevel = /(?:^|[^A-Za-z0-9_])(?:ERROR|FATAL)(?:$|[^A-Za-z0-9_])/
const numberOfError = 50
/** A level stands at the head of a plain line; a word deep inside a message is somebody quoting. */
const headLength = 120

export function isErrorLine(line: string): boolean {
  if (line.startsWith('{')) {
    const found = jsonLevel.exec(line)
    return (
      found !== null &&
      (found[2] === undefined ? errorName.test(found[1] ?? '') : Number(found[2]) >= numberOfError)
    )
  }
  const head = line.slice(0, headLength)
  const named = logfmtLevel.exec(head)
  return named === null ? plainLevel.test(head) : errorName.test(named[2] ?? '')
}
