// What is merged in the story of the hotfix: six small changes that pile up, one behind the lock, and the fix.
import type { ShopChange } from './shop-changes.ts'

const note = (author: string, file: string, text: string): ShopChange => ({
  author,
  message: text,
  edits: [],
  newFiles: { [`notes/${file}.md`]: `${text}.\n` },
})

export const piledUp: readonly ShopChange[] = [
  note('Jonas', 'greeting', 'Greet people on the home page'),
  note('Mara', 'colours', 'Warmer colours'),
  {
    author: 'Ines',
    message: 'Orders have a currency',
    edits: [],
    newFiles: { 'db/migrations/2_currency.sql': "alter table orders add currency text default 'EUR';\n" },
  },
  note('Tom', 'stock', 'Say what is in stock'),
  note('Jonas', 'basket', 'A lighter basket'),
  note('Mara', 'opening-hours', 'Opening hours'),
]

export const behindTheLock: ShopChange = {
  author: 'Ines',
  message: 'A tea of the day',
  edits: [
    {
      file: 'pages/home.js',
      from: '<p>Everything is in stock.</p>',
      to: '<p>Everything is in stock. Tea of the day: Darjeeling.</p>',
    },
  ],
}

export const FIX_BRANCH = 'fix/teapots'
export const theFix: ShopChange = {
  author: 'Tom',
  message: 'Nobody may order more teapots than there are',
  edits: [],
  newFiles: { 'notes/limit.md': 'At most 40 teapots in one order.\n' },
}
