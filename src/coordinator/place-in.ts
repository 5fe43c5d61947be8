// What every service does again and again is not to be done by thousands in the same moment.
import { xxh32 } from '../domain/traffic/xxh32.ts'

/** From 0 to 1, spread evenly over services, and the same after every start. */
export function placeIn(service: string): number {
  return xxh32(service) / 2 ** 32
}
