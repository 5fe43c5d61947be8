import {
  type ConditionDraft,
  attributeWords,
  namePlaceholder,
  newCondition,
  readDraft,
  testWords,
  writeDraft,
} from '../../data/conditions.ts'
import { Button } from '../../parts/button.tsx'
import { control } from '../../parts/fields.tsx'
import { Icon } from '../../parts/icon.tsx'

const field = `${control} h-10 touch:h-11 !px-2`

/** Who a route is for: a line per condition, all of which must fit. */
export function ConditionsField(props: {
  readonly label: string
  readonly about: string | undefined
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}) {
  const lines = props.value.map(readDraft)
  const put = (drafts: readonly ConditionDraft[]) => props.onChange(drafts.map(writeDraft))
  return (
    <fieldset>
      <legend className="mb-1 text-[13px] font-medium text-ink-2">{props.label}</legend>
      <div className="space-y-2">
        {lines.map((line, index) => (
          <Line
            // Lines have no name of their own; they are only ever added at the end.
            key={`line-${index + 1}`}
            number={index + 1}
            line={line}
            onChange={(changed) => put(lines.with(index, changed))}
            onRemove={() => put(lines.toSpliced(index, 1))}
          />
        ))}
      </div>
      <div className="mt-1 flex items-center gap-3">
        <Button look="quiet" className="-ml-2.5" onClick={() => put([...lines, newCondition])}>
          <Icon name="plus" /> Add a condition
        </Button>
        {lines.length > 0 ? null : <span className="text-[13px] text-ink-2">{props.about}</span>}
      </div>
    </fieldset>
  )
}

function Line(props: {
  readonly number: number
  readonly line: ConditionDraft
  readonly onChange: (line: ConditionDraft) => void
  readonly onRemove: () => void
}) {
  const { line, number } = props
  const named = namePlaceholder(line.from)
  const set = (part: Partial<ConditionDraft>) => props.onChange({ ...line, ...part })
  return (
    <div className="flex flex-wrap gap-1.5">
      <select
        aria-label={`Condition ${number} is about`}
        value={line.from}
        onChange={({ currentTarget }) => set({ from: keyIn(attributeWords, currentTarget.value), name: '' })}
        className={`${field} !w-auto`}
      >
        <Options words={attributeWords} />
      </select>
      {named === null ? null : (
        <input
          aria-label={`Name in condition ${number}`}
          value={line.name}
          placeholder={named}
          onChange={({ currentTarget }) => set({ name: currentTarget.value })}
          className={`${field} min-w-28 flex-1`}
        />
      )}
      <select
        aria-label={`Test of condition ${number}`}
        value={line.op}
        onChange={({ currentTarget }) => set({ op: keyIn(testWords, currentTarget.value) })}
        className={`${field} !w-auto`}
      >
        <Options words={testWords} />
      </select>
      {line.op === 'present' ? null : (
        <input
          aria-label={`Value of condition ${number}`}
          value={line.value}
          placeholder={line.op === 'one-of' ? 'acme, umbrella' : 'acme'}
          onChange={({ currentTarget }) => set({ value: currentTarget.value })}
          className={`${field} min-w-28 flex-1`}
        />
      )}
      <Button
        look="quiet"
        aria-label={`Remove condition ${number}`}
        onClick={props.onRemove}
        className="h-10 !px-2 touch:min-w-11"
      >
        <Icon name="close" />
      </Button>
    </div>
  )
}

function Options({ words }: { readonly words: Readonly<Record<string, string>> }) {
  return Object.entries(words).map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ))
}

/** What a list of options hands back is one of its keys. */
function keyIn<Key extends string>(words: Readonly<Record<Key, string>>, value: string): Key {
  return (Object.keys(words) as Key[]).find((key) => key === value) ?? (Object.keys(words)[0] as Key)
}
