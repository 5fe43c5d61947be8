// What a trial will be able to see, before it begins: requests the candidate must serve until a regression of a given
// size shows, and the smallest regression that its traffic can show at all.

export type Traffic = {
  /** The candidate's requests over the whole trial. */
  readonly requests: number
  /** The baseline's error rate. */
  readonly rate: number
  /** The candidate's share of the traffic; 1 where nothing is served beside it. */
  readonly share: number
  readonly tolerated: number
  readonly alpha: number
}

/** Nats that mixing over sizes and beginnings costs, found in the bench. */
const MIXING_NATS = 2.2

/** Requests of the candidate until errors `times` as frequent are shown, about. */
export function requestsToShow(
  { rate, share, tolerated, alpha }: Omit<Traffic, 'requests'>,
  times: number,
): number {
  const nats = Math.log(1 / alpha) + MIXING_NATS
  if (times <= tolerated || rate <= 0) return Number.POSITIVE_INFINITY
  if (share >= 1) return nats / (rate * (times * Math.log(times / tolerated) - times + tolerated))
  const odds = share / (1 - share)
  const theta = (ratio: number): number => (odds * ratio) / (odds * ratio + 1)
  const [worse, fine] = [theta(times), theta(tolerated)]
  const perError = worse * Math.log(worse / fine) + (1 - worse) * Math.log((1 - worse) / (1 - fine))
  return ((nats / perError) * worse) / (rate * times)
}

/** The smallest ratio that the traffic can show; infinite when it shows none. */
export function smallestVisible(traffic: Traffic): number {
  let low = traffic.tolerated
  let high = 1e4
  if (requestsToShow(traffic, high) > traffic.requests) return Number.POSITIVE_INFINITY
  for (let step = 0; step < 60; step += 1) {
    const middle = Math.sqrt(low * high)
    if (requestsToShow(traffic, middle) > traffic.requests) low = middle
    else high = middle
  }
  return high
}

export function forecastInWords(traffic: Traffic): string {
  const smallest = smallestVisible(traffic)
  if (!Number.isFinite(smallest)) return 'with this traffic no rise of errors could be seen in time'
  const rate = Math.min(1, traffic.rate * smallest)
  return `with this traffic errors would be seen from ×${smallest.toFixed(smallest < 10 ? 1 : 0)} on (${(rate * 100).toPrecision(2)} % of requests)`
}
