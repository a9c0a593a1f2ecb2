import type { z } from 'zod'

/** Brings stored properties of version n to version n + 1; keyed by n. */
export type ConfigMigrations = Readonly<
  Record<number, (old: Readonly<Record<string, unknown>>) => Record<string, unknown>>
>

/**
 * The properties of a node: one schema for the runtime, the editor's form and its defaults. Every property needs a
 * default, so that a node dragged from the palette works or says what it lacks.
 */
export interface ConfigSpec<S extends z.ZodObject> {
  readonly version: number
  readonly schema: S
  readonly migrations: ConfigMigrations
}

export function defineConfig<S extends z.ZodObject>(
  schema: S,
  options: { readonly version: number; readonly migrations: ConfigMigrations } = {
    version: 1,
    migrations: {},
  },
): ConfigSpec<S> {
  return { schema, ...options }
}

export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig'
}

/**
 * Reads what a flow file holds for a node, whatever version of the node wrote it.
 * @throws InvalidConfig naming each wrong property, or a version newer than this code.
 */
export function readConfig<S extends z.ZodObject>(
  spec: ConfigSpec<S>,
  stored: Readonly<Record<string, unknown>>,
): z.output<S> {
  let version = typeof stored['configVersion'] === 'number' ? stored['configVersion'] : 1
  if (version > spec.version) {
    throw new InvalidConfig(
      `these properties were saved by a newer version of the node (${version}, this is ${spec.version})`,
    )
  }
  let properties: Readonly<Record<string, unknown>> = stored
  for (; version < spec.version; version += 1) {
    const migrate = spec.migrations[version]
    if (migrate === undefined) throw new InvalidConfig(`no migration from version ${version}`)
    properties = migrate(properties)
  }
  const known = Object.keys(spec.schema.shape)
    .filter((key) => properties[key] !== undefined && properties[key] !== '')
    .map((key) => [key, properties[key]] as const)
  const result = spec.schema.safeParse(Object.fromEntries(known))
  if (result.success) return result.data
  throw new InvalidConfig(
    result.error.issues
      .map((issue) => `${issue.path.join('.') || 'properties'}: ${issue.message}`)
      .join('; '),
  )
}
