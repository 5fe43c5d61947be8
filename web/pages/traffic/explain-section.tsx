import { type FormEvent, useState } from 'react'
import type { AskedRequest } from '../../data/client.ts'
import { useExplanation } from '../../data/queries.ts'
import { sentenceOf } from '../../data/wording.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Section } from '../../parts/section.tsx'

type Draft = {
  readonly customer: string
  readonly user: string
  readonly header: string
  readonly path: string
}
const nobody: Draft = { customer: '', user: '', header: '', path: '' }

/** Which rule a request would get, and why not the others. Changes nothing. */
export function ExplainSection({ service, stage }: { readonly service: string; readonly stage: string }) {
  const [draft, setDraft] = useState<Draft>(nobody)
  const [asked, setAsked] = useState<AskedRequest | null>(null)
  const { data: told, error } = useExplanation({ service, stage }, asked)
  const ask = (event: FormEvent) => {
    event.preventDefault()
    setAsked(askedOf(draft))
  }
  const field = (name: keyof Draft, label: string, placeholder: string) => (
    <TextField
      label={label}
      placeholder={placeholder}
      value={draft[name]}
      onChange={(value) => setDraft({ ...draft, [name]: value })}
    />
  )
  return (
    <Section title="Who would get what" about="Say what a request carries; nothing is changed by asking.">
      <form
        onSubmit={ask}
        className="grid grid-cols-1 items-end gap-3 border-t border-line pt-3 sm:grid-cols-2 lg:grid-cols-5"
      >
        {field('customer', 'Customer', 'acme')}
        {field('user', 'User', 'anna')}
        {field('header', 'Header', 'x-plan=free')}
        {field('path', 'Path', '/docs')}
        <Button type="submit" className="h-10 touch:h-11">
          Ask
        </Button>
      </form>
      <div role="status" className="mt-3 text-sm">
        {error === null ? null : <p className="text-wrong">{error.message}</p>}
        {asked === null || told === undefined ? null : (
          <>
            <p className="font-medium">
              {told.name ?? 'Nothing'}
              {told.track === null ? '' : `, by the track ${told.track}`}:{' '}
              <span className="font-normal text-ink-2">{sentenceOf(told.why)}</span>
            </p>
            <ol className="mt-1">
              {told.rules.map((rule) => (
                <li key={rule.id} className={`flex gap-2 py-0.5 ${rule.wins ? '' : 'text-ink-2'}`}>
                  <Icon name={rule.wins ? 'check' : 'dash'} className="mt-0.5" />
                  <span>
                    {rule.id}: {rule.text} <span className="text-ink-2">({rule.why})</span>
                  </span>
                </li>
              ))}
            </ol>
          </>
        )}
      </div>
    </Section>
  )
}

function askedOf({ customer, user, header, path }: Draft): AskedRequest {
  const at = header.indexOf('=')
  const name = at === -1 ? header : header.slice(0, at)
  return {
    ...(customer.trim() === '' ? {} : { customer: customer.trim() }),
    ...(user.trim() === '' ? {} : { user: user.trim() }),
    ...(path.trim() === '' ? {} : { path: path.trim() }),
    ...(name.trim() === ''
      ? {}
      : { headers: { [name.trim().toLowerCase()]: at === -1 ? '' : header.slice(at + 1).trim() } }),
  }
}
