import type { ComponentProps } from 'react'

export type ButtonLook = 'plain' | 'quiet' | 'main' | 'grave' | 'held'

const looks: Readonly<Record<ButtonLook, string>> = {
  plain: 'border-line bg-paper text-ink hover:border-line-strong',
  quiet: 'border-transparent bg-transparent text-ink-2 hover:bg-sunken hover:text-ink',
  main: 'border-ink bg-ink text-page hover:opacity-85',
  grave: 'border-wrong-fill bg-wrong-fill text-white hover:opacity-90',
  held: 'border-held-line bg-held-tint text-held hover:border-held',
}

/** Small to the mouse, 44 px to a finger. */
export function buttonClass(look: ButtonLook): string {
  return `inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-2.5 text-[13px] font-medium whitespace-nowrap transition-colors select-none disabled:opacity-50 touch:min-h-11 touch:px-3.5 touch:text-[15px] ${looks[look]}`
}

export function Button({
  look = 'plain',
  className = '',
  ...rest
}: ComponentProps<'button'> & { readonly look?: ButtonLook }) {
  return <button type="button" {...rest} className={`${buttonClass(look)} ${className}`} />
}
