// Just enough of RFC 6455 to say a proper goodbye on a connection we only pass on: where frames begin and end, and
// what a close frame looks like. Payloads are never looked at.
import { randomBytes } from 'node:crypto'

const GOING_AWAY = 1001
const OPCODE_CLOSE = 8
const MASKED = 0x80

/** Follows one direction of a connection, byte by byte, and knows whether it stands between two frames. */
export class FrameTracker {
  /** Bytes of the current frame's header seen so far; empty between frames. */
  #header: number[] = []
  /** Payload bytes (and mask) still to come. */
  #left = 0
  #sawClose = false

  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#header.length === 0
  }

  /** This side has said goodbye itself; nothing may follow. */
  get sawClose(): boolean {
    return this.#sawClose
  }

  follow(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - at)
        this.#left -= passed
        at += passed
      } else {
        this.#header.push(chunk[at] ?? 0)
        at += 1
        this.#readHeader()
      }
    }
  }

  #readHeader(): void {
    const header = this.#header
    if (header.length < 2) return
    const second = header[1] ?? 0
    const lengthBytes = { 126: 2, 127: 8 }[second & 0x7f] ?? 0
    if (header.length < 2 + lengthBytes) return
    const length =
      lengthBytes === 0 ? second & 0x7f : header.slice(2).reduce((sum, byte) => sum * 256 + byte, 0)
    this.#left = length + ((second & MASKED) === 0 ? 0 : 4)
    if (((header[0] ?? 0) & 0x0f) === OPCODE_CLOSE) this.#sawClose = true
    this.#header = []
  }
}

/** A close frame of status 1001, as a server sends it to a client or a client (masked) to a server. */
export function closeFrame(to: 'client' | 'server'): Buffer {
  const payload = Buffer.from([GOING_AWAY >> 8, GOING_AWAY & 0xff])
  if (to === 'client') return Buffer.concat([Buffer.from([0x88, payload.length]), payload])
  const mask = randomBytes(4)
  const masked = payload.map((byte, at) => byte ^ (mask[at] ?? 0))
  return Buffer.concat([Buffer.from([0x88, MASKED | payload.length]), mask, masked])
}
