// Seeds on which parameters were chosen, ours and the peers', and seeds on which figures are reported, are apart.

export const TUNING_SEEDS_FROM = 0
export const REPORTED_SEEDS_FROM = 50_000_000
/** So many seeds belong to one family or regression. */
export const SEEDS_EACH = 1_000_000
