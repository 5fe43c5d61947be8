/** What a check wrote: all of it, or its beginning and its end. */
export function keptOutput(bytesMax: number): { push(bytes: Uint8Array): void; text(): string } {
  const half = Math.floor(bytesMax / 2)
  const head: Uint8Array[] = []
  let headBytes = 0
  let tail: Uint8Array[] = []
  let tailBytes = 0
  let dropped = 0

  return {
    push: (bytes) => {
      const fits = bytes.subarray(0, half - headBytes)
      head.push(fits)
      headBytes += fits.length
      const rest = bytes.subarray(fits.length)
      if (rest.length === 0) return
      tail.push(rest)
      tailBytes += rest.length
      // Cut now and then, so that a gigabyte of output costs no more than a megabyte.
      if (tailBytes > 4 * half) cutTail()
    },
    text: () => {
      cutTail()
      const gap = dropped === 0 ? '' : `\n[sluice] … ${dropped} bytes were not kept …\n`
      return `${Buffer.concat(head).toString()}${gap}${Buffer.concat(tail).toString()}`
    },
  }

  function cutTail(): void {
    const whole = Buffer.concat(tail)
    const end = whole.subarray(Math.max(0, whole.length - half))
    dropped += whole.length - end.length
    tail = [Buffer.from(end)]
    tailBytes = end.length
  }
}
