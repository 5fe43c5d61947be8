// Runs before the first paint, so that a page in the chosen theme never flashes in the other. A file and not an inline
// script, because the content security policy forbids those.
try {
  const chosen = localStorage.getItem('sluice-theme')
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen
} catch {
  // Storage may be switched off; the system's choice stands then.
}
