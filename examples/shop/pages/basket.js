import { layout } from './layout.js'

export const basket = ({ assetAddress }) =>
  layout({ title: 'Basket', body: '<h1>Your basket</h1><p>One teapot: 32 €</p>', assetAddress })
