// How Node is to run the processes that the keeper starts.

/**
 * Flags of the server's process. Young objects get little room, in megabytes: a server that watches ten thousand
 * services needs a quarter less memory that way, and no more time.
 */
export const SERVER_FLAGS: readonly string[] = ['--max-semi-space-size=8']

/** Each sync of a slow disk keeps a thread busy; reading a file must not wait behind a few of them. */
export const FILE_THREADS = 16
