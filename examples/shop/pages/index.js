import { basket } from './basket.js'
import { home } from './home.js'
import { orders } from './orders.js'
import { search } from './search.js'
import { teapot } from './teapot.js'

export const pages = new Map([
  ['/', home],
  ['/teapot', teapot],
  ['/search', search],
  ['/basket', basket],
  ['/orders', orders],
])
