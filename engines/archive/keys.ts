const segment = /^[A-Za-z0-9_=][A-Za-z0-9_=.:-]{0,199}$/

/**
 * Keys are file names and URLs as they are: nothing to escape, nowhere to climb.
 * @throws RangeError for any other key, which is a bug of the caller
 */
export function checkKey(key: string): string {
  if (key.length > 900 || !key.split('/').every((part) => segment.test(part)))
    throw new RangeError(`not a key of the archive: ${JSON.stringify(key.slice(0, 200))}`)
  return key
}

/** A prefix may end anywhere in a key, also after a `/`, or be empty. */
export function checkPrefix(prefix: string): string {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix)
  return prefix
}
