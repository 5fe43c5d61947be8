/**
 * Why something that was asked for is no longer wanted. One for all: left to itself, every abort makes an error of its
 * own, and writes down the stack of whoever gave up, which costs more than all the rest of a call.
 */
export const GIVEN_UP = new DOMException('It is no longer wanted', 'AbortError')
