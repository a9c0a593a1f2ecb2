import { z } from 'zod'

/**
 * A whole number in a path or a query, where everything is text. Digits are one and nothing else is: `z.coerce` takes what
 * JavaScript takes, and so an empty text for 0. A default stands inside, else the description loses it.
 */
export const wholeNumber = <T extends z.ZodType>(schema: T): z.ZodPreprocess<T> =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : text),
    schema,
  )
