/** What one look came to. `advice` says what to do, and is there whenever something is not fine. */
export type DoctorFinding = {
  readonly check: string
  readonly state: 'fine' | 'warn' | 'bad'
  readonly text: string
  readonly advice: string | null
}

export function fine(check: string, text: string): DoctorFinding {
  return { check, state: 'fine', text, advice: null }
}

export function warn(check: string, text: string, advice: string): DoctorFinding {
  return { check, state: 'warn', text, advice }
}

export function bad(check: string, text: string, advice: string): DoctorFinding {
  return { check, state: 'bad', text, advice }
}
