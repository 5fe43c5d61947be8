// One TCP connection as the data plane uses it: bytes come in through one buffer that all connections share, and what
// is written during one event goes out in one piece.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { intoSharedBuffer } from './accepted-socket.ts'
import type { Timekeeper } from './timekeeper.ts'

/** What happens on a wire. Whoever understands its bytes at the moment is its reader. */
export interface WireReader {
  onConnect(): void
  /** Lent for the time of the call; the same buffer brings the next bytes of any connection. */
  onBytes(bytes: Buffer, from: number, to: number): void
  /** The other side has said its last. */
  onEnd(): void
  /** More was written than goes out at the moment; `onDrain` follows. */
  onBlocked(): void
  onDrain(): void
  /** Once; nothing follows. */
  onClose(error: Error | undefined): void
  /** A deadline has passed or nothing was heard for too long. */
  onLate(): void
}

const SHARED_BYTES = 64 * 1024
const shared = Buffer.allocUnsafeSlow(SHARED_BYTES)
/** Up to this size text and bytes are gathered in one string: Node writes short ones without an allocation. */
const GATHERED_MAX = 16 * 1024

const unsent: Wire[] = []
let depth = 0

/** Sends what was gathered; at the end of every event of a connection, and by itself when written to otherwise. */
function sendGathered(): void {
  for (let at = 0; at < unsent.length; at += 1) unsent[at]!.send()
  unsent.length = 0
}

export class Wire {
  reader: WireReader
  readonly #socket: Socket
  readonly #time: Timekeeper
  #gathered = ''
  #isBlocked = false
  #isPaused = false
  #error: Error | undefined
  isClosed = false
  isConnected: boolean
  /** When something was last heard or said, by the timekeeper's coarse clock. */
  seenMs: number
  deadlineMs = Infinity
  idleMsMax = Infinity

  private constructor(socket: Socket, reader: WireReader, time: Timekeeper, isConnected: boolean) {
    this.#socket = socket
    this.reader = reader
    this.#time = time
    this.isConnected = isConnected
    this.seenMs = time.nowMs
    time.watch(this)
  }

  static accept(accepted: Socket, reader: WireReader, time: Timekeeper): Wire {
    const socket = intoSharedBuffer(
      accepted,
      shared,
      (count) => wire.#read(shared, count),
      (chunk) => wire.#read(chunk, chunk.length),
    )
    const wire: Wire = new Wire(socket, reader, time, true)
    wire.#listen()
    return wire
  }

  static connect(
    to: { readonly host: string; readonly port: number },
    reader: WireReader,
    time: Timekeeper,
  ): Wire {
    const socket = connect({
      host: to.host,
      port: to.port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: shared,
        callback: (count) => {
          wire.#read(shared, count)
          return true
        },
      },
    })
    const wire: Wire = new Wire(socket, reader, time, false)
    wire.#listen()
    socket.on('connect', () => {
      wire.isConnected = true
      wire.#during(() => wire.reader.onConnect())
    })
    return wire
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  /** Text whose characters stand for bytes. */
  text(text: string): void {
    if (this.#gathered === '') this.#note()
    this.#gathered += text
  }

  /** A copy of bytes that were lent. */
  bytes(bytes: Buffer, from: number, to: number): void {
    if (this.#gathered.length + to - from <= GATHERED_MAX) {
      this.text(bytes.toString('latin1', from, to))
      return
    }
    const before = this.#gathered.length
    const copy = Buffer.allocUnsafe(before + to - from)
    copy.write(this.#gathered, 'latin1')
    bytes.copy(copy, before, from, to)
    this.#gathered = ''
    this.#write(copy)
  }

  /** Lets go of the socket, which brings `first` once more before anything else. Nothing is heard here any more. */
  handOver(first: Buffer): Socket {
    this.isClosed = true
    this.#time.forget(this)
    for (const event of ['end', 'drain', 'error', 'close']) this.#socket.removeAllListeners(event)
    this.#socket.pause()
    this.#socket.unshift(first)
    return this.#socket
  }

  /** Says the last; what was written before still goes out. */
  end(): void {
    this.send()
    this.#socket.end()
  }

  /** What was written still goes out; after that nobody is left to talk to. */
  endAndDestroy(): void {
    this.send()
    if (this.#socket.writableFinished) this.#socket.destroy()
    else this.#socket.end(() => this.#socket.destroy())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Ends in the middle of a message: what was written goes out, as far as it can at once. */
  breakOff(): void {
    this.send()
    this.#socket.destroy()
  }

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }

  send(): void {
    const text = this.#gathered
    if (text === '') return
    this.#gathered = ''
    this.#write(text)
  }

  get isBlocked(): boolean {
    return this.#isBlocked
  }

  #write(data: string | Buffer): void {
    if (this.isClosed || !this.#socket.writable) return
    this.seenMs = this.#time.nowMs
    const goesOut = typeof data === 'string' ? this.#socket.write(data, 'latin1') : this.#socket.write(data)
    if (goesOut || this.#isBlocked) return
    this.#isBlocked = true
    this.reader.onBlocked()
  }

  #note(): void {
    unsent.push(this)
    if (depth === 0 && unsent.length === 1) queueMicrotask(sendGathered)
  }

  #read(bytes: Buffer, count: number): void {
    this.seenMs = this.#time.nowMs
    depth += 1
    try {
      this.reader.onBytes(bytes, 0, count)
    } finally {
      depth -= 1
    }
    if (depth === 0) sendGathered()
  }

  /** Runs what an event leads to, and sends what it wrote. */
  #during(event: () => void): void {
    depth += 1
    try {
      event()
    } finally {
      depth -= 1
    }
    if (depth === 0) sendGathered()
  }

  #listen(): void {
    const socket = this.#socket
    socket.on('end', () => this.#during(() => this.reader.onEnd()))
    socket.on('drain', () => {
      this.#isBlocked = false
      this.#during(() => this.reader.onDrain())
    })
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => {
      this.isClosed = true
      this.#time.forget(this)
      this.#during(() => this.reader.onClose(this.#error))
    })
  }
}
