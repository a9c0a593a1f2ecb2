import type { ExpressionPool } from '../../platform/expressions/pool.ts'
import { presentable } from '../../platform/kit/presentable.ts'
import { type StatusLine, statusLength } from '../../platform/kit/status.ts'

/** Shows under the node which classes are suspended, as long as there are any; the result ends it. */
export function suspensionStatus(
  pool: Pick<ExpressionPool, 'onSuspension' | 'suspended'>,
  show: (line: StatusLine | undefined) => void,
): () => void {
  const update = (): void => {
    const { suspended } = pool
    const text = presentable(`suspended: ${suspended.join(', ')}`, statusLength)
    show(suspended.length === 0 ? undefined : { fill: 'yellow', shape: 'ring', text })
  }
  if (pool.suspended.length > 0) update()
  return pool.onSuspension(update)
}
