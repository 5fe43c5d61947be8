// What the board shows, as it goes over the wire. The CLI and the web page know nothing else of the server.
import { z } from '@hono/zod-openapi'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')
const percent = z.number().min(0).max(100)

export const actorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), name: z.string() }),
  z.object({ kind: z.literal('machine'), rule: z.string() }),
])

/** Why something waits: one plain sentence, and when it will move if that is known. */
export const reasonSchema = z
  .object({
    code: z.string().describe('Stable name of the reason, for example gate/locked'),
    text: z.string(),
    until: epochMs.nullable(),
  })
  .openapi('Reason')
export type Reason = z.infer<typeof reasonSchema>

export const standingSchema = z.enum([
  'building',
  'build-failed',
  'waiting',
  'rolling-out',
  'baking',
  'live',
  'warm',
  'superseded',
  'rolled-back',
  'rejected',
])
export type Standing = z.infer<typeof standingSchema>

/** What was built elsewhere and given to Sluice, and by whom. */
export const addedArtifactSchema = z.object({
  artifact: z.string(),
  sizeBytes: z.number(),
  checksum: z.string().describe('Of what was sent: sha256:…'),
  provenance: z.string().nullable(),
  at: epochMs,
  by: actorSchema,
})

export const releaseRowSchema = z
  .object({
    release: z.number().int(),
    name: z.string().describe('How people write it: #12, or #5+1 for changes taken onto #5'),
    origin: z.object({
      kind: z.enum(['line', 'cherry-pick', 'off-line', 'settings']),
      text: z.string().nullable().describe('What it was made of, when it is not of the line'),
      onto: z.number().int().nullable().describe('The release it was built upon'),
    }),
    sha: z.string(),
    subject: z.string(),
    author: z.string(),
    /** Merger, when it is somebody else. */
    mergedBy: z.string().nullable(),
    coAuthors: z.array(z.string()),
    pullRequest: z.number().int().nullable(),
    mergedAt: epochMs,
    build: z.object({
      state: z.enum(['waiting', 'running', 'done', 'failed']),
      attempt: z.number().int(),
      message: z.string().nullable(),
      startedAt: epochMs.nullable(),
      endedAt: epochMs.nullable(),
    }),
    rejected: z.object({ by: actorSchema, reason: z.string(), at: epochMs }).nullable(),
    /** Other releases this one reverts or fixes. */
    revert: z
      .object({ branch: z.string().nullable().describe('Null: it could not be made'), text: z.string() })
      .nullable()
      .describe('The branch that takes back a change that a search found'),
    lifts: z.array(z.number().int()),
    /** One per stage, in pipeline order. */
    standings: z.array(z.object({ stage: z.string(), standing: standingSchema, why: z.array(reasonSchema) })),
    artifact: z.string().nullable(),
    added: addedArtifactSchema
      .nullable()
      .optional()
      .describe('What was built of it elsewhere and added; null or left out where nothing was'),
    address: z.string().nullable(),
  })
  .openapi('Release')
export type ReleaseRow = z.infer<typeof releaseRowSchema>

export const lockSchema = z
  .object({
    id: z.string(),
    owner: z.string(),
    reason: z.string(),
    since: epochMs,
    expiresAt: epochMs,
    opensAt: epochMs
      .nullable()
      .describe(
        'When it opens by itself: after its expiry, its warnings and until working hours; null while its incident is open',
      ),
    incident: z.string().nullable(),
    suspect: z.number().int().nullable(),
    hard: z.boolean().describe('No hotfix passes it'),
    everywhere: z
      .boolean()
      .describe('It stands over this stage of every service, and is changed and lifted as a whole'),
  })
  .openapi('Lock')
export type Lock = z.infer<typeof lockSchema>

/** What was seen of one release in one environment over the last ten ticks, or since it has the share it has. */
export const armSeenSchema = z.object({
  release: z.number().int(),
  weightPercent: percent,
  instances: z.object({ wanted: z.number().int(), ready: z.number().int(), restarts: z.number().int() }),
  requestsPerS: z.number(),
  errorPercent: percent,
  latencyMsP50: z.number().nullable(),
  latencyMsP95: z.number().nullable(),
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
})
export type ArmSeen = z.infer<typeof armSeenSchema>

export const laneSchema = z
  .enum(['normal', 'hotfix', 'emergency', 'probe'])
  .describe(
    'emergency: what runs there is unverified; probe: it is served for a while to tell suspects apart',
  )

export const rolloutSchema = z
  .object({
    rollout: z.number().int(),
    release: z.number().int(),
    from: z.number().int().nullable(),
    direction: z.enum(['forward', 'back']),
    lane: laneSchema,
    paused: z.object({ by: actorSchema, reason: z.string(), since: epochMs }).nullable(),
    asksConfirm: z.boolean().describe('Its step has soaked, and a person must confirm it'),
    startedAt: epochMs,
    by: actorSchema,
    step: z.number().int().describe('Counts from 1'),
    steps: z.array(z.object({ label: z.string(), percent, soakMs: z.number() })),
    phase: z.enum(['starting', 'shifting', 'checking', 'soaking', 'held', 'finishing']),
    phaseSince: epochMs,
    soakedMs: z.number().describe('Watched time of this step so far'),
    why: z.array(reasonSchema),
  })
  .openapi('Rollout')

export const bakeSchema = z
  .object({
    /** One per change that is not cleared yet in this stage, oldest first. */
    changes: z.array(
      z.object({
        release: z.number().int(),
        watchedMs: z.number(),
        requests: z.number().int(),
      }),
    ),
    forMs: z.number(),
    requests: z.number().int().describe('Requests a change must have seen'),
    ownMs: z.number(),
    ownServedMs: z.number(),
    hold: reasonSchema.nullable(),
    asked: reasonSchema.nullable().describe('Set when an inconclusive bake waits for accept'),
  })
  .openapi('Bake')

export const stageViewSchema = z
  .object({
    stage: z.string(),
    addresses: z.array(z.string()),
    isLast: z.boolean(),
    live: releaseRowSchema.nullable(),
    liveSince: epochMs.nullable(),
    warm: z.array(z.number().int()),
    rollout: rolloutSchema.nullable(),
    bake: bakeSchema.nullable(),
    watch: z.object({ release: z.number().int(), watchedMs: z.number(), forMs: z.number() }).nullable(),
    locks: z.array(lockSchema),
    approve: z
      .object({
        by: z.array(z.string()).describe('Empty: anybody'),
        n: z.number().int(),
        byHand: z.boolean(),
        release: z.number().int().nullable().describe('What is next'),
        given: z.array(z.string()).describe('Who said yes to it'),
        settings: z
          .object({ version: z.number().int(), names: z.array(z.string()), given: z.array(z.string()) })
          .nullable()
          .describe('Changed settings that wait for a yes, and go first'),
      })
      .nullable()
      .describe('Whom this stage asks before a release enters'),
    wayRound: z
      .object({
        lane: z.enum(['hotfix', 'emergency']),
        release: z.number().int(),
        by: actorSchema,
        reason: z.string(),
        since: epochMs,
        locks: z.array(z.string()).describe('Locks that were named'),
        rejected: z.array(z.number().int()).describe('Rejected changes that were named'),
        why: z.array(reasonSchema).describe('What it still waits for'),
      })
      .nullable()
      .describe('A hotfix or an emergency on its way into this stage'),
    beside: z
      .object({
        release: z.number().int(),
        target: z.string(),
        since: epochMs,
        passed: z.array(z.string()),
      })
      .nullable()
      .describe('One instance of a hotfix that is checked beside this stage, without traffic'),
    lane: laneSchema.describe('How what is live came in; emergency: it is unverified'),
    pin: z
      .object({ release: z.number().int().nullable(), by: actorSchema, reason: z.string(), since: epochMs })
      .nullable(),
    retired: z
      .object({ by: actorSchema, reason: z.string(), since: epochMs, instances: z.number().int() })
      .nullable()
      .describe(
        'A person retired it: nothing enters, and what it ran is stopped; instances are those still there',
      ),
    window: z
      .object({ open: z.boolean(), changesAt: epochMs.nullable(), zone: z.string(), text: z.string() })
      .nullable(),
    budget: z
      .object({
        alpha: z.number().describe('Chance that a healthy release is stopped'),
        trials: z.number().int().describe('Releases tried in the last fortnight'),
        stops: z.number().int(),
        takenBack: z.number().int().describe('Stops that people took back'),
        text: z.string(),
      })
      .nullable()
      .describe('How often a healthy release may be stopped here, and what it came to'),
    suspects: z.array(z.number().int()),
    search: z
      .object({
        release: z.number().int().describe('In which it broke'),
        what: z.string(),
        since: epochMs,
        until: epochMs.describe('It is over by then, whatever it came to'),
        suspected: z.array(z.number().int()).describe('In the beginning'),
        left: z.array(z.number().int()),
        probing: z.number().int().nullable().describe('What is served for a while just now'),
        told: z.array(z.object({ release: z.number().int(), found: z.enum(['well', 'broke']) })),
        why: z.array(reasonSchema).describe('What is being done, and what it waits for'),
      })
      .nullable()
      .describe('Which of the suspects it was is being looked for'),
    waiting: z.array(z.object({ release: z.number().int(), why: z.array(reasonSchema) })),
    /** Releases a rollback could go to, newest first. */
    couldGoBackTo: z.array(z.number().int()),
    arms: z.array(armSeenSchema),
    routerSeen: z.boolean(),
    unseen: z
      .string()
      .nullable()
      .describe('Why nothing is seen, where a source outside counts and does not tell; else null'),
  })
  .openapi('Stage')
export type StageView = z.infer<typeof stageViewSchema>

export const serviceViewSchema = z
  .object({
    service: z.string(),
    git: z.string(),
    branch: z.string(),
    sourceTrouble: reasonSchema.nullable(),
    rewritten: z
      .object({
        lost: z.array(z.number().int()),
        fresh: z.array(z.object({ sha: z.string(), subject: z.string() })),
      })
      .nullable()
      .describe('Set when history was rewritten and a person must accept it'),
    /** Releases people still care about, newest first: everything at or above the oldest live one, at most 50. */
    releases: z.array(releaseRowSchema),
    stages: z.array(stageViewSchema),
  })
  .openapi('Service')
export type ServiceView = z.infer<typeof serviceViewSchema>

export const boardSchema = z
  .object({
    at: epochMs,
    position: z.number().int().describe('Last event the board has seen'),
    version: z.string(),
    services: z.array(serviceViewSchema),
  })
  .openapi('Board')
export type Board = z.infer<typeof boardSchema>

export const auditRowSchema = z
  .object({
    position: z.number().int(),
    at: epochMs,
    by: actorSchema,
    service: z.string(),
    stage: z.string().nullable(),
    release: z.number().int().nullable(),
    type: z.string(),
    text: z.string().describe('One plain sentence'),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('AuditRow')
export type AuditRow = z.infer<typeof auditRowSchema>
