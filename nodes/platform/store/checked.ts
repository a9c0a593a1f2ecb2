const known = new WeakSet()

/** What a layer over the store has checked by the collection's schema, and nobody changes any more: it is not checked again. */
export function asChecked<T extends object>(document: T): T {
  known.add(document)
  return document
}

export const isChecked = (document: object): boolean => known.has(document)
