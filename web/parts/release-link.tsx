import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { nameRelease } from '../data/wording.ts'

export function ReleaseLink(link: {
  readonly service: string
  readonly release: number
  readonly className?: string
  readonly children?: ReactNode
}) {
  return (
    <Link
      to="/services/$service/releases/$release"
      params={{ service: link.service, release: String(link.release) }}
      className={
        link.className ??
        'font-medium whitespace-nowrap text-ink underline decoration-line-strong underline-offset-3 hover:decoration-ink'
      }
    >
      {link.children ?? nameRelease(link.release)}
    </Link>
  )
}
