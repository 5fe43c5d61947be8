import { layout } from './layout.js'

export const home = ({ assetAddress }) =>
  layout({
    title: 'Teahouse',
    body: '<h1>Tea, and what to make it in</h1><p>Everything is in stock.</p>',
    assetAddress,
  })
