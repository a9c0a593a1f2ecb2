/** `1, 2` as a node's property has it; undefined: all. */
export function portsIn(text: string): ReadonlySet<number> | undefined {
  const numbers = text.split(',').flatMap((each) => (each.trim() === '' ? [] : [Number(each)]))
  return numbers.length === 0 ? undefined : new Set(numbers)
}
