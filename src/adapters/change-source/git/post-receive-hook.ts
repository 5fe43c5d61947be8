/**
 * A hook may never hold up or fail a push: it touches a file, and that is all. In a shell of its own, because some
 * shells leave at once when a redirection fails.
 */
export function postReceiveHook(file: string): string {
  return `#!/bin/sh
# Tells Sluice that something was pushed, so that it looks at once. Without this it finds out by itself, a little later.
(: > ${shellWord(file)}) 2>/dev/null
exit 0
`
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
