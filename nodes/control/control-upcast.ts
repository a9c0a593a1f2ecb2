import { z } from 'zod'

const formerWishes = z.array(
  z.looseObject({ sinceMs: z.number() }).transform((wish) => ({ ...wish, order: wish.sinceMs })),
)
const formerOverride = z
  .looseObject({ startedAtMs: z.number(), wishes: formerWishes })
  .transform((override) => ({ ...override, order: override.startedAtMs }))
  .nullable()
const formerSchema = z.looseObject({
  safety: formerOverride,
  override: formerOverride,
  schedule: z.looseObject({ wishes: formerWishes }).nullable(),
  base: formerWishes,
})

/** The layers of before went by when they were laid. */
export const controlWithOrder = (former: Readonly<Record<string, unknown>>): unknown =>
  formerSchema.parse(former)
