/** Everything that an asynchronous source gives, for those that are known to be short. */
export async function gather<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}
