import { propertiesOf, sampleOf, takesText, variantsOf, itemsOf } from './openapi.ts'

/** Names in queries and bodies that mean somebody's ids: of which kind, and what it is called there. */
export const namedKinds: ReadonlyMap<string, readonly [kind: string, key: string]> = new Map([
  ['deviceId', ['devices', 'id']],
  ['deviceIds', ['devices', 'id']],
  ['classKey', ['device-classes', 'key']],
  ['ruleId', ['alert-rules', 'id']],
  ['alertId', ['alerts', 'id']],
  ['podId', ['pods', 'id']],
  ['userId', ['users', 'id']],
  ['actor', ['users', 'id']],
  ['role', ['roles', 'key']],
  ['gateway', ['devices', 'id']],
  ['gatewayId', ['devices', 'id']],
  ['channels', ['channels', 'key']],
  ['scope', ['devices', 'id']],
  ['account', ['users', 'id']],
])

/** What looks like an id and is nobody's. */
const isNobodys: ReadonlySet<string> = new Set(['packageKey'])

export interface NamingBody {
  /** The field that names something: where it is, and what it is called. */
  readonly at: string
  readonly name: string
  readonly body: (id: string) => unknown
}

/**
 * For each field of a body, however deep, that names something: a body in which it does. The rest is that of `base`, and the
 * least that the schema lets through.
 */
export function namingBodies(schema: unknown, base?: unknown, at = ''): readonly NamingBody[] {
  const found = new Map<string, NamingBody>()
  for (const each of everyNaming(schema, base, at)) if (!found.has(each.at)) found.set(each.at, each)
  return [...found.values()]
}

function* everyNaming(schema: unknown, base: unknown, at: string): Generator<NamingBody> {
  for (const variant of variantsOf(schema)) yield* everyNaming(variant, at === '' ? base : undefined, at)
  const items = itemsOf(schema)
  for (const inner of items === undefined ? [] : namingBodies(items, undefined, `${at}[]`))
    yield { ...inner, body: (id) => [inner.body(id)] }
  const holder = { ...Object(sampleOf(schema)), ...Object(base) }
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const where = at === '' ? name : `${at}.${name}`
    const text = takesText(property)
    if (text === undefined || !namedKinds.has(name)) {
      if (text !== undefined && /(?:Id|Ids|Key|Keys)$/.test(name) && !isNobodys.has(name))
        throw new Error(`${where}: whose id is that? (see namedKinds)`)
      for (const inner of namingBodies(property, holder[name], where))
        yield { ...inner, body: (id) => ({ ...holder, [name]: inner.body(id) }) }
    } else yield { at: where, name, body: (id) => ({ ...holder, [name]: text === 'list' ? [id] : id }) }
  }
}
