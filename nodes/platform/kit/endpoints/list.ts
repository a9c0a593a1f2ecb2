import { z } from 'zod'
import { wholeNumber } from './number-in-text.ts'
import { reply, type WholeOutcome } from './operation.ts'

/** The query parameters that every list takes. */
export const listQuery = z.object({
  limit: wholeNumber(z.int().min(1).max(1000).default(50)),
  cursor: z.string().max(2048).optional(),
})

/** A page as a list answers it, with the cursor of the next one where there is one. */
export const replyPage = (
  { nextCursor }: { readonly nextCursor?: string },
  items: readonly unknown[],
): WholeOutcome => reply(200, { items, ...(nextCursor === undefined ? {} : { nextCursor }) })

export const listOf = <T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; nextCursor: z.ZodOptional<z.ZodString> }> =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() })
