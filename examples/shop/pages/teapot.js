import { layout } from './layout.js'

export const teapot = ({ assetAddress }) =>
  layout({ title: 'Teapots', body: '<h1>A teapot</h1><p>Short and stout. 32 €</p>', assetAddress })
