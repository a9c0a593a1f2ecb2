/** The keys of one stream. The braces put them all into one slot of a Redis Cluster, where one script may touch them. */
export interface StreamKeys {
  /** What {@link partition} keys begin with; scripts make those themselves. */
  readonly prefix: string
  /** Hash: how many partitions, the last number given, and for each partition where it ends and what it holds. */
  readonly meta: string
  /** Set of the groups that have a place. */
  readonly groups: string
  /** Where appends and changes of ownership are announced. */
  readonly channel: string
  /** String: the last append of one writer, so that repeating it changes nothing. */
  readonly writer: (id: string) => string
  readonly partition: (number: number) => string
  readonly group: (name: string) => GroupKeys
}

export interface GroupKeys {
  /** Hash: partition → up to where the group has durably processed it. */
  readonly places: string
  /** Hash: partition → who owns it, the fencing token, who owned it last. */
  readonly leases: string
  /** Hash: partition → what may have ended an instance; `careful` and partition → up to where that is. */
  readonly trials: string
  /** Sorted set: instances that consume, by when their lease ends (epoch milliseconds of the server). */
  readonly members: string
}

/** Names are quoted as JSON: whatever they contain, keys of different streams and groups stay different. */
export function keysOf(namespace: string, stream: string): StreamKeys {
  const prefix = `${namespace}:{${JSON.stringify(stream)}}:`
  return {
    prefix,
    meta: `${prefix}meta`,
    groups: `${prefix}groups`,
    channel: `${prefix}news`,
    writer: (id) => `${prefix}writer:${id}`,
    partition: (number) => `${prefix}${number}`,
    group: (name) => ({
      places: `${prefix}places:${JSON.stringify(name)}`,
      leases: `${prefix}leases:${JSON.stringify(name)}`,
      trials: `${prefix}trials:${JSON.stringify(name)}`,
      members: `${prefix}members:${JSON.stringify(name)}`,
    }),
  }
}

/** FNV-1a over the text's UTF-16 units. It is part of the format: another would move keys to other partitions. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  }
  // Its low bits are weak for short texts that differ in the last character only.
  return (hash ^ (hash >>> 15)) >>> 0
}
