import type { Field } from '../../data/forms/form.ts'
import { ChoiceField, TextField, TicksField } from '../../parts/fields.tsx'
import { ConditionsField } from './conditions-field.tsx'

/** One field of an act's form, by its kind. */
export function FormField(props: {
  readonly field: Field
  readonly value: readonly string[]
  readonly isFirst: boolean
  readonly onChange: (value: readonly string[]) => void
}) {
  const { field, value, onChange } = props
  const text = {
    label: field.label,
    value: value[0] ?? '',
    placeholder: field.placeholder,
    about: field.about,
    onChange: (said: string) => onChange([said]),
    isFirst: props.isFirst,
  }
  switch (field.kind) {
    case 'given':
      return null
    case 'choice':
      return <ChoiceField {...text} options={field.options ?? []} />
    case 'text':
      return <TextField {...text} suggestions={field.options ?? []} />
    case 'words':
      return <TextField {...text} rows={2} />
    case 'secret':
      return <TextField {...text} type="password" />
    case 'ticks':
      return (
        <TicksField label={field.label} options={field.options ?? []} value={value} onChange={onChange} />
      )
    case 'conditions':
      return <ConditionsField label={field.label} about={field.about} value={value} onChange={onChange} />
  }
}
