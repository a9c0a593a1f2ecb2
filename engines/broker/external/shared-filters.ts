/** Instances that subscribe under one name share what arrives (MQTT 5, 4.8.2). */
const shareName = 'fleetloom-ingest'

export const shared = (filter: string): string => `$share/${shareName}/${filter}`

/**
 * The filters without those that another of them covers: a broker delivers a message once for each shared subscription
 * that matches, and each copy would be worked on.
 */
export function withoutCovered(filters: Iterable<string>): readonly string[] {
  const distinct = [...new Set(filters)]
  return distinct.filter((filter) => !distinct.some((other) => other !== filter && covers(other, filter)))
}

/** Whether every topic that `narrow` matches is matched by `wide`, for filters without `#`. */
function covers(wide: string, narrow: string): boolean {
  const levels = narrow.split('/')
  const wanted = wide.split('/')
  return (
    wanted.length === levels.length &&
    wanted.every((level, depth) => level === '+' || level === levels[depth])
  )
}
