import { z } from 'zod'
import type { Needed, Needs } from '../platform/kit/domain/need.ts'
import type { Operation, Responses } from '../platform/kit/endpoints/operation.ts'

const byDevice = z.object({ deviceId: z.string() })

/** The same operation of a device under the path by which apps of before call it. */
export const calledAs = <Q extends z.ZodType, B extends z.ZodType, N extends Needs, R extends Responses>(
  operation: Operation<z.ZodObject<{ id: z.ZodString }>, Q, B, N, R>,
  as: { readonly id: string; readonly path: string },
): Operation<typeof byDevice, Q, B, N, R> => ({
  ...operation,
  ...as,
  params: byDevice,
  handle: ({ params: { deviceId }, ...request }, needed: Needed<N>) =>
    operation.handle({ ...request, params: { id: deviceId } }, needed),
})
