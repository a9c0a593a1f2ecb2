import { gather } from '../../platform/kit/gather.ts'
import type { Archive } from '../../platform/archive/port.ts'

export interface MemoryArchive {
  readonly archive: Archive
  readonly objects: Map<string, Uint8Array>
  /** Ranges that were read, in order. */
  readonly reads: { key: string; from: number; to: number }[]
  /** Called before each change; what it throws is what the caller gets. */
  failBefore: (operation: 'put' | 'create' | 'get' | 'remove', key: string) => void
}

export function openMemoryArchive(
  objects: Map<string, Uint8Array> = new Map<string, Uint8Array>(),
): MemoryArchive {
  const reads: MemoryArchive['reads'] = []
  const memory: MemoryArchive = {
    objects,
    reads,
    failBefore: () => undefined,
    archive: {
      async put(key, content) {
        memory.failBefore('put', key)
        objects.set(key, Uint8Array.from(content))
        await Promise.resolve()
      },
      async create(key, content) {
        memory.failBefore('create', key)
        await Promise.resolve()
        if (objects.has(key)) return false
        objects.set(key, Uint8Array.from(content))
        return true
      },
      async get(key) {
        memory.failBefore('get', key)
        return await Promise.resolve(objects.get(key))
      },
      async read(key, from, to) {
        memory.failBefore('get', key)
        reads.push({ key, from, to })
        return await Promise.resolve(objects.get(key)?.subarray(from, to))
      },
      async *list(prefix, after = '') {
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
        yield* await Promise.resolve(keys.map((key) => ({ key, bytes: objects.get(key)?.length ?? 0 })))
      },
      async remove(key) {
        memory.failBefore('remove', key)
        objects.delete(key)
        await Promise.resolve()
      },
      close: () => Promise.resolve(),
    },
  }
  return memory
}

export const keysOf = async (archive: Archive, prefix = ''): Promise<readonly string[]> =>
  (await gather(archive.list(prefix))).map(({ key }) => key)
