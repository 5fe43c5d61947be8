import { layout } from './layout.js'

export const orders = ({ assetAddress }) =>
  layout({ title: 'Orders', body: '<h1>Your orders</h1><p>None yet.</p>', assetAddress })
