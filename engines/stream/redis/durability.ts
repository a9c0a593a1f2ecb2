/** What a server says about itself; undefined where it may not be asked (CONFIG is forbidden on managed servers). */
export interface ServerFacts {
  /** As in `7.0.15`. */
  readonly version: string
  readonly evictionPolicy: string | undefined
  readonly isAppendOnly: boolean | undefined
  readonly appendSync: string | undefined
}

/** How an append gets durable: with the answer, or once WAITAOF has answered as well. */
export type Durability = 'answer' | 'wait'

export type Verdict =
  | { readonly kind: 'durable'; readonly by: Durability }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

/**
 * Whether what the server has answered survives a crash of it, and is never evicted.
 * @param trusted take the operator's word for `appendfsync` where the server does not tell
 */
export function judgeServer(facts: ServerFacts, trusted: boolean): Verdict {
  const reasons: string[] = []
  if (!isAtLeast(facts.version, 7, 0)) {
    reasons.push(`it is version ${facts.version}, and 7.0 or newer is needed`)
  }
  if (facts.evictionPolicy !== 'noeviction') {
    const found = facts.evictionPolicy ?? 'unknown'
    reasons.push(
      `it may evict the stream (maxmemory-policy is ${found}): CONFIG SET maxmemory-policy noeviction`,
    )
  }
  if (facts.isAppendOnly !== true) {
    reasons.push('it keeps no append-only file: CONFIG SET appendonly yes')
  }
  const canWait = isAtLeast(facts.version, 7, 2)
  const syncs = facts.appendSync === 'always' || (facts.appendSync === undefined && trusted)
  if (!syncs && !canWait) {
    reasons.push(
      facts.appendSync === undefined
        ? 'it does not tell its appendfsync (CONFIG is forbidden) and is too old for WAITAOF (7.2): ' +
            'if it is "always", say so by the setting that trusts the server'
        : `it answers before the disk has it (appendfsync is ${facts.appendSync}) and is too old for WAITAOF (7.2): ` +
            'CONFIG SET appendfsync always',
    )
  }
  if (reasons.length > 0) return { kind: 'refused', reasons }
  return { kind: 'durable', by: syncs ? 'answer' : 'wait' }
}

/** The lines of INFO. */
export function valuesOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
}

/** The facts from the texts of INFO, and what CONFIG GET appendfsync answered, if it may be asked. */
export function factsOf(info: string, appendSync: string | undefined): ServerFacts {
  const values = valuesOf(info)
  const appendOnly = values.get('aof_enabled')
  return {
    version: values.get('redis_version') ?? 'unknown',
    evictionPolicy: values.get('maxmemory_policy'),
    isAppendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    appendSync,
  }
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [foundMajor = 0, foundMinor = 0] = version.split('.').map(Number)
  return foundMajor > major || (foundMajor === major && foundMinor >= minor)
}
