/** Whether a topic filter matches a topic (MQTT 3.1.1, 4.7). */
export function filterMatches(filter: string, topic: string): boolean {
  if (filter === topic) return true
  // MQTT-4.7.2-1: a wildcard in the first level doesn't match a topic that starts with `$`.
  if (topic.startsWith('$') && !filter.startsWith('$')) return false
  const levels = topic.split('/')
  const wanted = filter.split('/')
  for (const [depth, level] of wanted.entries()) {
    if (level === '#') return true
    if (depth >= levels.length || (level !== '+' && level !== levels[depth])) return false
  }
  return wanted.length === levels.length
}

/** A topic that can be published to: not empty, no wildcards, no U+0000 (MQTT 3.1.1, 4.7.3), not the broker's own `$`. */
export function isPublishable(topic: string): boolean {
  return topic !== '' && !/^\$|[#+\0]/u.test(topic)
}
