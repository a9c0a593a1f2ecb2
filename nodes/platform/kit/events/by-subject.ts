import type { DomainEvent } from './event.ts'

/** Those of one subject one after the other, as they happened; those of different ones at the same time. */
export async function bySubject(
  events: readonly DomainEvent[],
  take: (event: DomainEvent) => Promise<void>,
): Promise<void> {
  const groups = Map.groupBy(events, ({ orgId, subject }) => `${orgId}/${subject.kind}/${subject.id}`)
  await Promise.all(
    [...groups.values()].map(async (group) => {
      for (const event of group) await take(event)
    }),
  )
}
