import { type FormEvent, useState } from 'react'
import { useSignIn } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/fields.tsx'

/** Asked for when the server listens beyond this machine, where everybody has a token of their own. */
export function SignInPage() {
  const [token, setToken] = useState('')
  const signIn = useSignIn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim() !== '') signIn.mutate(token.trim())
  }
  return (
    <form onSubmit={submit} className="mx-auto mt-[12dvh] w-full max-w-sm space-y-4">
      <h1 className="text-xl font-semibold">Sign in</h1>
      <p className="text-sm text-ink-2">
        Every act here has a name on it. Your token comes from{' '}
        <code className="font-mono text-[13px] text-ink">sluice token add &lt;your name&gt;</code> on the
        server.
      </p>
      <TextField label="Token" type="password" isFirst value={token} onChange={setToken} />
      {signIn.error === null ? null : (
        <p role="alert" className="text-sm text-wrong">
          {signIn.error.message}
        </p>
      )}
      <Button type="submit" look="main" className="w-full" disabled={token.trim() === '' || signIn.isPending}>
        {signIn.isPending ? 'One moment…' : 'Sign in'}
      </Button>
    </form>
  )
}
