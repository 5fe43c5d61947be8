import { type ReactNode, useId } from 'react'

const control =
  'block w-full rounded-md border border-line-strong bg-paper px-3 text-[15px] text-ink placeholder:text-ink-3 touch:text-base'

export function TextField(field: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
  readonly rows?: number
  readonly isFirst?: boolean
  readonly type?: 'text' | 'password'
}) {
  const id = useId()
  const shared = {
    id,
    value: field.value,
    placeholder: field.placeholder,
    autoFocus: field.isFirst,
    onFocus: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      event.currentTarget.select(),
    onChange: (event: { currentTarget: { value: string } }) => field.onChange(event.currentTarget.value),
  }
  return (
    <Labelled id={id} label={field.label}>
      {field.rows === undefined ? (
        <input {...shared} type={field.type ?? 'text'} className={`${control} h-10 touch:h-11`} />
      ) : (
        <textarea {...shared} rows={field.rows} className={`${control} resize-y py-2`} />
      )}
    </Labelled>
  )
}

export function ChoiceField(field: {
  readonly label: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <Labelled id={id} label={field.label}>
      <select
        id={id}
        value={field.value}
        onChange={(event) => field.onChange(event.currentTarget.value)}
        className={`${control} h-10 truncate touch:h-11`}
      >
        {field.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

function Labelled({ id, label, children }: { id: string; label: string; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium text-ink-2">
        {label}
      </label>
      {children}
    </div>
  )
}
