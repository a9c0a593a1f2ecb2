import type { Collection, Document, InsertOutcome } from './port.ts'

/** `insertInOrder` of a collection whose inserts are writes of their own. */
export async function insertOneByOne<T extends Document>(
  collection: Pick<Collection<T>, 'insert'>,
  documents: readonly T[],
): Promise<readonly InsertOutcome<T>[]> {
  const outcomes: InsertOutcome<T>[] = []
  for (const document of documents) {
    const outcome = await collection.insert(document)
    outcomes.push(outcome)
    if (outcome.kind === 'duplicate') break
  }
  return outcomes
}
