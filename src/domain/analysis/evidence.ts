export type Evidence = { readonly spells: readonly never[] }
