import { z } from 'zod'
import { classKeySchema } from '../platform/identifiers.ts'

/** Whom a gateway may bring along by publishing for them, without their being registered before. */
export const childrenPolicySchema = z.strictObject({
  /** What they are. */
  classKey: classKeySchema,
  /** As many children as the gateway may have then, the registered ones among them. */
  limit: z.int().min(1).max(10_000).default(100),
  /** By which those who came so are found. */
  tag: z.string().min(1).max(50).optional(),
})
export type ChildrenPolicy = z.output<typeof childrenPolicySchema>

interface MayHaveChildren {
  readonly children?: ChildrenPolicy | null | undefined
}

/** The device's own, before that of its class; undefined where children are registered beforehand. */
export const childrenPolicyOf = ({
  device,
  deviceClass,
}: {
  readonly device: MayHaveChildren
  readonly deviceClass: MayHaveChildren
}): ChildrenPolicy | undefined =>
  (device.children === undefined ? deviceClass.children : device.children) ?? undefined
