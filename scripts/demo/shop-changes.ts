// The changes that the demo merges into its shop, as a person would write them. #4 and #6 are bad on purpose; #5 is not
// here, for it is a plain `git revert` of #4.

export type Edit = { readonly file: string; readonly from: string; readonly to: string }
export type ShopChange = {
  readonly author: string
  readonly message: string
  readonly edits: readonly Edit[]
  /** Files written whole. */
  readonly newFiles?: Readonly<Record<string, string>>
}

const greeting: ShopChange = {
  author: 'Jonas',
  message: 'Greet people on the home page',
  edits: [
    {
      file: 'pages/home.js',
      from: '<h1>Tea, and what to make it in</h1>',
      to: '<h1>Good day! Tea, and what to make it in</h1>',
    },
  ],
}

const colours: ShopChange = {
  author: 'Mara',
  message: 'Warmer colours',
  edits: [{ file: 'assets/style.css', from: 'color: #8a3b12;', to: 'color: #a2460b;' }],
}

/** Breaks one page in five, for everybody: the first results have no list of prices. */
const searchPrices: ShopChange = {
  author: 'Ines',
  message: 'Show prices in the search results',
  edits: [
    {
      file: 'pages/search.js',
      from: "export const search = ({ assetAddress }) =>\n  layout({ title: 'Search', body: '<h1>Search</h1><p>3 teapots found.</p>', assetAddress })",
      to: `const found = [{ name: 'Teapot', prices: [32] }, { name: 'Small teapot' }, { name: 'Kettle', prices: [48] }]

export const search = ({ assetAddress }) => {
  const lines = found.map(({ name, prices }) => \`<li>\${name}: \${prices[0]} €</li>\`)
  return layout({ title: 'Search', body: \`<h1>Search</h1><ul>\${lines.join('')}</ul>\`, assetAddress })
}`,
    },
  ],
}

/** How many visitors one instance of #6 can bear: more than the team that tries staging, fewer than one box meets. */
export const STOCK_CONNECTIONS = 10

/** Every visitor keeps a connection to the stock: well with a handful of people, out of connections with many. */
const stockOnEveryPage: ShopChange = {
  author: 'Tom',
  message: 'Say on every page what is in stock',
  edits: [
    {
      file: 'server.js',
      from: "import { pages } from './pages/index.js'",
      to: "import { pages } from './pages/index.js'\nimport { stockFor } from './stock.js'",
    },
    {
      file: 'server.js',
      from: '  try {\n    const visitor = visitorOf(request, response)\n',
      to: '  try {\n    const visitor = visitorOf(request, response)\n    const stock = stockFor(visitor)\n    response.setHeader("x-in-stock", stock.inStock())\n',
    },
  ],
  newFiles: {
    'stock.js': `// What is in stock, asked over a connection that each visitor keeps while they are here.
const CONNECTIONS = ${STOCK_CONNECTIONS}
const connections = new Map()

export function stockFor(visitor) {
  const known = connections.get(visitor)
  if (known) return known
  if (connections.size >= CONNECTIONS) throw new Error(\`stock: all \${CONNECTIONS} connections are taken\`)
  const connection = { inStock: () => 'teapots' }
  connections.set(visitor, connection)
  return connection
}
`,
  },
}

const stockFixed: ShopChange = {
  author: 'Tom',
  message: 'Share one connection to the stock\n\nSluice-Fixes: #6',
  edits: [],
  newFiles: {
    'stock.js': `// What is in stock, asked over one connection that all visitors share.
const connection = { inStock: () => 'teapots' }

export function stockFor() {
  return connection
}
`,
  },
}

const teaOfTheDay: ShopChange = {
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

export const shopChanges = {
  2: greeting,
  3: colours,
  4: searchPrices,
  6: stockOnEveryPage,
  7: stockFixed,
  8: teaOfTheDay,
} as const
