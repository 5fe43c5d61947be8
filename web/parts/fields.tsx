import { type ReactNode, useId } from 'react'

export type Option = { readonly value: string; readonly label: string }

export const control =
  'block w-full rounded-md border border-line-strong bg-paper px-3 text-[15px] text-ink placeholder:text-ink-3 touch:text-base'

export function TextField(field: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string | undefined
  readonly rows?: number
  readonly isFirst?: boolean
  readonly type?: 'text' | 'password'
  /** Offered while typing; anything else may be typed too. */
  readonly suggestions?: readonly Option[]
  readonly about?: string | undefined
}) {
  const id = useId()
  const { suggestions = [] } = field
  const shared = {
    id,
    'aria-describedby': field.about === undefined ? undefined : `${id}-about`,
    value: field.value,
    placeholder: field.placeholder,
    autoFocus: field.isFirst,
    onFocus: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      event.currentTarget.select(),
    onChange: (event: { currentTarget: { value: string } }) => field.onChange(event.currentTarget.value),
  }
  return (
    <Labelled id={id} label={field.label} about={field.about}>
      {suggestions.length === 0 ? null : (
        <datalist id={`${id}-list`}>
          {suggestions.map((each) => (
            <option key={each.value} value={each.value}>
              {each.label}
            </option>
          ))}
        </datalist>
      )}
      {field.rows === undefined ? (
        <input
          {...shared}
          type={field.type ?? 'text'}
          list={suggestions.length === 0 ? undefined : `${id}-list`}
          autoComplete="off"
          className={`${control} h-10 touch:h-11`}
        />
      ) : (
        <textarea {...shared} rows={field.rows} className={`${control} resize-y py-2`} />
      )}
    </Labelled>
  )
}

export function ChoiceField(field: {
  readonly label: string
  readonly value: string
  readonly options: readonly Option[]
  readonly about?: string | undefined
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <Labelled id={id} label={field.label} about={field.about}>
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

/** Any number of things, each to be ticked on purpose. */
export function TicksField(field: {
  readonly label: string
  readonly value: readonly string[]
  readonly options: readonly Option[]
  readonly onChange: (value: readonly string[]) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1 text-[13px] font-medium text-ink-2">{field.label}</legend>
      {field.options.map((option) => (
        <label key={option.value} className="flex cursor-pointer items-start gap-2.5 py-1 text-sm touch:py-3">
          <input
            type="checkbox"
            className="mt-0.5 size-4 shrink-0 accent-ink touch:size-5"
            checked={field.value.includes(option.value)}
            onChange={({ currentTarget }) =>
              field.onChange(
                currentTarget.checked
                  ? [...field.value, option.value]
                  : field.value.filter((each) => each !== option.value),
              )
            }
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}

function Labelled(field: {
  readonly id: string
  readonly label: string
  readonly about: string | undefined
  readonly children: ReactNode
}) {
  return (
    <div>
      <label htmlFor={field.id} className="mb-1 block text-[13px] font-medium text-ink-2">
        {field.label}
      </label>
      {field.children}
      {field.about === undefined ? null : (
        <p id={`${field.id}-about`} className="mt-1 text-[13px] text-ink-2">
          {field.about}
        </p>
      )}
    </div>
  )
}
