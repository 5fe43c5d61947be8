import { layout } from './layout.js'

export const search = ({ assetAddress }) =>
  layout({ title: 'Search', body: '<h1>Search</h1><p>3 teapots found.</p>', assetAddress })
