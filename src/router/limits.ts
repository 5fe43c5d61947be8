// Everything of the router that could grow or wait has its limit here.

export type RouterLimits = {
  /** Request line and headers together. */
  readonly clientHeaderBytesMax: number
  readonly clientTargetBytesMax: number
  readonly clientHeadersMax: number
  /** Of a body, without framing; beyond it 413. */
  readonly clientBodyBytesMax: number
  /** From the first byte of a request to the end of its headers. */
  readonly clientHeadMsMax: number
  /** How long an idle client connection is kept between two requests. */
  readonly clientKeepAliveMs: number
  /** No byte in either direction while a request is under way. */
  readonly clientIdleMsMax: number
  readonly connectionsMax: number
  readonly upstreamConnectMsMax: number
  /** From the request sent to the head of the answer; 504 afterwards. */
  readonly upstreamHeadMsMax: number
  /** No byte while an answer is under way. */
  readonly upstreamIdleMsMax: number
  readonly upstreamHeaderBytesMax: number
  readonly upstreamHeadersMax: number
  /** Below the 5 s after which most servers close an idle connection. */
  readonly upstreamKeepAliveMs: number
  readonly upstreamFreeSocketsMax: number
  /** A body up to this size is remembered, so that it can be sent again. The only body bytes ever kept. */
  readonly retryBodyBytesMax: number
  /** Tries of a request that were not refused at the door. */
  readonly attemptsMax: number
  readonly probeFirstMs: number
  readonly probeMsMax: number
  readonly probeAnswerMsMax: number
  /** How long a WebSocket has to reach the end of a frame, and its ends to answer our close frame. */
  readonly closeFrameMsMax: number
  /** How long the rest of an upload is read after it was answered early. */
  readonly lingerMsMax: number
  /** Silence on an upgraded connection or an event stream. */
  readonly streamIdleMsMax: number
  /** How long requests under way have after a stop. */
  readonly stopMsMax: number
  /** How long kept-alive connections may still bring a last request after a stop. */
  readonly stopQuietMs: number
  /** How long the issuer of tokens has to show its keys; the first request with a token waits for it. */
  readonly keysFetchMsMax: number
  /** How often its keys are asked for, while all is well. */
  readonly keysFreshMs: number
  /** How soon again after it gave none, or none that fits. */
  readonly keysAgainMs: number
  /** Copies of requests under way at once; more are not made. */
  readonly mirrorsMax: number
  readonly doorsMax: number
  readonly doorMsMax: number
  /** Releases that left the plan and whose counters are still told, per environment. */
  readonly releasesRemembered: number
  readonly assetFallbacksMax: number
}

export const ROUTER_LIMITS: RouterLimits = {
  clientHeaderBytesMax: 32 * 1024,
  clientTargetBytesMax: 16 * 1024,
  clientHeadersMax: 200,
  clientBodyBytesMax: Infinity,
  clientHeadMsMax: 15_000,
  clientKeepAliveMs: 65_000,
  clientIdleMsMax: 300_000,
  connectionsMax: 20_000,
  upstreamConnectMsMax: 2_000,
  upstreamHeadMsMax: 120_000,
  upstreamIdleMsMax: 300_000,
  upstreamHeaderBytesMax: 64 * 1024,
  upstreamHeadersMax: 500,
  upstreamKeepAliveMs: 4_000,
  upstreamFreeSocketsMax: 256,
  retryBodyBytesMax: 64 * 1024,
  attemptsMax: 2,
  probeFirstMs: 250,
  probeMsMax: 2_000,
  probeAnswerMsMax: 1_000,
  closeFrameMsMax: 1_000,
  lingerMsMax: 10_000,
  streamIdleMsMax: 3_600_000,
  stopMsMax: 30_000,
  stopQuietMs: 500,
  keysFetchMsMax: 2_000,
  keysFreshMs: 300_000,
  keysAgainMs: 15_000,
  mirrorsMax: 100,
  doorsMax: 64,
  doorMsMax: 3_600_000,
  releasesRemembered: 50,
  assetFallbacksMax: 3,
}
