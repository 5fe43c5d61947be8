// The healthy bakes on which no judge should stop anything, by name.
import type { Family } from './bake.ts'

const day = (second: number, phase: number): number =>
  1 + 0.7 * Math.sin((2 * Math.PI * second) / 7_200 + 2 * Math.PI * phase)
const bursts = (second: number, phase: number): number =>
  (((second + Math.floor(600 * phase)) % 600) + 600) % 600 < 20 ? 20 : 1

export const FAMILIES: readonly Family[] = [
  { name: 'plain' },
  { name: 'rare errors (0.01 %)', rate: 0.0001 },
  { name: 'many errors (5 %)', rate: 0.05 },
  { name: 'little traffic (10/s)', perSecond: 10 },
  { name: 'day and night', traffic: day, commonly: (second, phase) => day(second, phase + 0.3) },
  { name: 'bursts that all boxes share', commonly: bursts },
  { name: 'an unrelated incident', commonly: (second) => (second > 1_200 && second < 1_500 ? 20 : 1) },
  { name: 'retry clusters of 2', clusters: 2 },
  { name: 'retry clusters of 3', clusters: 3 },
  { name: 'retry clusters of 6', clusters: 6 },
  { name: 'boxes waver from minute to minute (CV 0.3)', gamma: 0.3 },
  { name: 'boxes waver from minute to minute (CV 0.5)', gamma: 0.5 },
  { name: 'boxes waver from minute to minute (CV 1)', gamma: 1 },
  { name: 'boxes differ (sigma 0.1)', boxes: 0.1 },
  { name: 'boxes differ (sigma 0.25)', boxes: 0.25 },
  { name: 'boxes differ (sigma 0.5)', boxes: 0.5 },
  { name: 'warm-up x2 for 2 min, learned', warming: { times: 2, minutes: 2 } },
  { name: 'warm-up x4 for 2 min, learned', warming: { times: 4, minutes: 2 } },
  { name: 'warm-up x10 for 5 min, learned', warming: { times: 10, minutes: 5 } },
  {
    name: 'warm-up x4 for 2 min, baseline of the same age',
    warming: { times: 4, minutes: 2 },
    sameAge: true,
  },
  { name: 'two minutes without telemetry', unseen: (second) => second >= 900 && second < 1_020 },
  { name: 'a noisy neighbour on the candidate box', neighbour: true, isUnbounded: true },
]

export const PLAIN: Family = { name: 'plain' }
