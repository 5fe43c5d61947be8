export type Question = { readonly about: 'bake' }
export type Judgement = { readonly verdict: 'none' }
