/**
 * The id of the command at one place of something with a random id of its own (a bulk, an override): counted on from it, so
 * that asking twice asks for the same.
 */
export function commandIdOf(id: string, place: number): string {
  const [tail = '', ...head] = id.split('-').toReversed()
  const counted = (BigInt(`0x${tail}`) + BigInt(place + 1)) % 2n ** 48n
  return [...head.toReversed(), counted.toString(16).padStart(12, '0')].join('-')
}
