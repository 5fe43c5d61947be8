// What is looked for in a page that stands. Each function runs inside the browser, whole: it may use nothing from
// outside itself.

/** Elements that make the page scroll sideways. */
export function findSticksOut(): string[] {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 3)
    .map((element) => `${element.tagName} ${element.textContent?.slice(0, 40)}`)
}

/** Texts under 4.5:1 against what is painted behind them. */
export function findLowContrast(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (canvas === null) return ['no canvas to measure with']
  const rgba = (colour: string): readonly number[] => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (colour: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((part) => {
      const share = part / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element: Element | null): readonly number[] => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor)
      if ((colour[3] ?? 0) > 250) return colour
    }
    return rgba(getComputedStyle(document.documentElement).backgroundColor)
  }
  const found: string[] = []
  const dialog = document.querySelector('[role=dialog]')
  for (const element of (dialog ?? document.body).querySelectorAll('*')) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.textContent?.trim() !== '',
    )
    if (!hasText || element.closest('.sr-only, :disabled, noscript, option, script') !== null) continue
    if (element.getClientRects().length === 0) continue
    const text = luminance(rgba(getComputedStyle(element).color))
    const ground = luminance(behind(element))
    const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.tagName} ${element.textContent?.slice(0, 40)}`)
  }
  return found.slice(0, 5)
}

/** Buttons and fields a finger would miss. Links inside sentences are excused, as the guidelines do. */
export function findSmallTargets(): string[] {
  const dialog = document.querySelector('[role=dialog]')
  const targets = (dialog ?? document.body).querySelectorAll('button, select, input, [role=menuitem], nav a')
  return [...targets]
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ element, box }) => {
      // A field inside a label is as large as the label.
      const label = element.closest('label')?.getBoundingClientRect()
      const height = Math.max(box.height, label?.height ?? 0)
      const width = Math.max(box.width, label?.width ?? 0)
      return (
        box.width > 0 &&
        element.closest('.sr-only, [aria-hidden=true]') === null &&
        (height < 43.5 || width < 43.5)
      )
    })
    .slice(0, 5)
    .map(
      ({ element, box }) =>
        `${Math.round(box.width)}×${Math.round(box.height)} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 30)}`,
    )
}
