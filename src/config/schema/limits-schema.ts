// What Sluice may take of its machine.
import { z } from 'zod'
import type { MemoryLimit } from '../../domain/service/warm-memory.ts'
import { parseSize, SIZE_PATTERN } from '../words/size.ts'

const SIZE_WORDS = "a size with its unit, such as '512MB', '10GB' or '1.5GiB'"

/** Gives bytes. */
export function sizeSchema() {
  return z
    .string(`must be ${SIZE_WORDS}`)
    .meta({ pattern: SIZE_PATTERN })
    .transform((written, context): number => {
      const bytes = parseSize(written)
      if (bytes !== null) return bytes
      context.addIssue({ code: 'custom', message: `${JSON.stringify(written)} is not ${SIZE_WORDS}` })
      return z.NEVER
    })
}

function memorySchema() {
  return z
    .string(`must be a part of the memory, such as '25%', or ${SIZE_WORDS}`)
    .transform((written, context): MemoryLimit => {
      const [, percent] = /^(\d{1,3})%$/.exec(written) ?? []
      if (percent !== undefined && Number(percent) <= 100) return { kind: 'part', percent: Number(percent) }
      const bytes = parseSize(written)
      if (bytes !== null) return { kind: 'bytes', bytes }
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(written)} is neither a part of the memory, such as '25%', nor ${SIZE_WORDS}`,
      })
      return z.NEVER
    })
}

export const limitsSchema = z
  .strictObject(
    {
      warmMemory: memorySchema()
        .optional()
        .meta({
          description:
            "Memory of a host that warm releases of all services may hold together; beyond it the oldest are let go of, never what a rollback would go to. A part of the host's memory, or a size.",
          default: '25%',
          examples: ['25%', '4GB'],
        }),
      buildCache: sizeSchema()
        .optional()
        .meta({
          description:
            'What builds may keep for the next ones, all services together; beyond it the longest unused cache goes.',
          default: '10GB',
          examples: ['10GB'],
        }),
      mirrors: sizeSchema()
        .optional()
        .meta({
          description:
            'Copies of remote repositories; beyond it the longest unused goes. Those that a service follows stay.',
          default: '10GB',
          examples: ['10GB'],
        }),
    },
    'must be { warmMemory, buildCache, mirrors }',
  )
  .meta({
    description:
      'What Sluice may take of its machine. Of what several repositories set, the smallest counts.',
  })
