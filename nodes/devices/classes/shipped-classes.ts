import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type DeviceClass, writtenClassSchema } from '../device-class.ts'
import { faultOfClass } from '../class-faults.ts'

/** The device classes that come with the package: one JSON document each. */
export async function loadShippedClasses(): Promise<readonly DeviceClass[]> {
  const classes: DeviceClass[] = []
  for await (const file of glob('*.json', { cwd: import.meta.dirname })) {
    const document: unknown = JSON.parse(await readFile(path.join(import.meta.dirname, file), 'utf8'))
    const result = writtenClassSchema.safeParse(document)
    if (!result.success) throw new Error(`${file}: ${result.error.message}`)
    const fault = faultOfClass(result.data)
    if (fault !== undefined) throw new Error(`${file}: ${fault.path}: ${fault.message}`)
    classes.push({ ...result.data, version: 1 })
  }
  return classes.sort((a, b) => a.key.localeCompare(b.key))
}
