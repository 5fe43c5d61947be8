// The few pictures of the page, drawn on a 16-unit grid in the colour of the text beside them. They never stand for a
// meaning alone: a word is always next to them, or in the accessible name of the button.
const paths = {
  lock: 'M4.5 7.5V5a3.5 3.5 0 0 1 7 0v2.5M3.5 7.500h9v6h-9z',
  back: 'M6.5 3.5 2.5 7.500l4 4M3 7.500h7a3.5 3.5 0 0 1 0 7H8',
  copy: 'M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3',
  check: 'm3 8.5 3.3 3.300L13 4.8',
  warn: 'M8 2.3 14.3 13.500H1.700zM8 6.500v3M8 11.600v.1',
  hold: 'M5.5 3.500v9M10.5 3.500v9',
  ask: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.200C8.4 8.6 8 9 8 9.800M8 12.300v.1',
  pin: 'M8 10v4M4.5 10h7M6 2.500h4l-.5 4 2 3.500h-7l2-3.500z',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.800V8l2.2 1.5',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8M8 6.300a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4',
  plus: 'M8 3.500v9M3.5 8h9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'm4 4 8 8M12 4l-8 8',
  dash: 'M4.5 8h7',
  ring: 'M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8',
  forward: 'M3 8h9.500M9 4.5 12.5 8 9 11.5',
  next: 'm6 3.5 4.5 4.500L6 12.5',
  down: 'm3.5 6 4.5 4.500L12.5 6',
  half: 'M8 3.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M8 3.500v9',
  spin: 'M8 2.500a5.5 5.5 0 1 1-5.5 5.5',
  sun: 'M8 5.200a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.600M8 1.500v1M8 13.500v1M1.5 8h1M13.5 8h1M3.4 3.400l.7.7M11.9 11.900l.7.7M3.4 12.600l.7-.7M11.9 4.100l.7-.7',
  moon: 'M13.2 9.700A5.7 5.7 0 0 1 6.3 2.800a5.7 5.7 0 1 0 6.9 6.9',
  screen: 'M2 3h12v8H2zM5.5 13.500h5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.300l3.2 3.2',
  cut: 'M2 2l12 12M4.2 9.500a5.4 5.4 0 0 1 3-1.700M2 6.800a9 9 0 0 1 2.7-1.900M7 4.100A9 9 0 0 1 14 6.800M8 12.300v.1',
} as const

export type IconName = keyof typeof paths | 'dot'

export function Icon({ name, className = '' }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`inline-block shrink-0 ${className}`}
    >
      {name === 'dot' ? (
        <circle cx="8" cy="8" r="3.2" fill="currentColor" stroke="none" />
      ) : (
        <path d={paths[name]} />
      )}
    </svg>
  )
}
