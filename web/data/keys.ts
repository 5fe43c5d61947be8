/** True while a key belongs to a field, a menu or a dialog, or carries a modifier of the browser's. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true
  const target = event.target
  if (!(target instanceof Element)) return false
  return target.closest('input, textarea, select, [contenteditable], [role=menu], [role=dialog]') !== null
}
