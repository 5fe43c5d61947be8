/** `error` = a person must act now; `warn` = it will heal, or was refused by policy; `info` = milestones; `debug` = port calls. */
export interface Log {
  debug(fields: Record<string, unknown>, sentence: string): void
  info(fields: Record<string, unknown>, sentence: string): void
  warn(fields: Record<string, unknown>, sentence: string): void
  error(fields: Record<string, unknown>, sentence: string): void
}
