import { z } from 'zod'

export const secondFactorSchema = z.strictObject({
  /** What the app shares with us, sealed. */
  secret: z.string().min(1),
  /** False until a first code has shown that the app has it; until then it is not asked for. */
  isConfirmed: z.boolean(),
  /** Hashes of the recovery codes that were not used. */
  recovery: z.array(z.string().min(1)),
  /** The time step of the last code: none counts twice (RFC 6238, 5.2). */
  usedStep: z.int(),
})
/** Codes by time from an app (RFC 6238), beside the password. */
export type SecondFactor = z.output<typeof secondFactorSchema>
