/** What was sent is no archive that can be taken; the message says what is wrong with it, and where. */
export class BadArchive extends Error {
  readonly code: 'artifact/bad-archive' | 'artifact/too-large' | 'artifact/checksum-differs'

  constructor(message: string, code: BadArchive['code'] = 'artifact/bad-archive') {
    super(message)
    this.name = 'BadArchive'
    this.code = code
  }
}
