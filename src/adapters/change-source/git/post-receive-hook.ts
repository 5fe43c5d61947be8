/** A hook may never hold up or fail a push: it touches a file, and that is all. */
export function postReceiveHook(file: string): string {
  return `#!/bin/sh
# Tells Sluice that something was pushed, so that it looks at once. Without this it finds out by itself, a little later.
: > ${shellWord(file)} 2>/dev/null || true
`
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
