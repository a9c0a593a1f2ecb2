type Read = (...given: never[]) => Promise<unknown>

/** Once, when this method has read and before its caller goes on, something happens. */
export function meanwhile<K extends string>(
  of: Record<NoInfer<K>, Read>,
  name: K,
  happens: () => Promise<unknown>,
): void {
  const read: Read = of[name].bind(of)
  of[name] = async (...given) => {
    of[name] = read
    const found = await read(...given)
    await happens()
    return found
  }
}
