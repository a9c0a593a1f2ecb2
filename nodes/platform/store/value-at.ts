/** What stands at a dotted path of a document; undefined where there is nothing. */
export function valueAt(document: unknown, path: string): unknown {
  let value = document
  for (const segment of path.split('.')) value = Object(value)[segment]
  return value
}
