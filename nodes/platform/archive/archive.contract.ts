/** The one suite that every adapter of the archive port passes. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gather } from '../kit/gather.ts'
import type { Archive, ArchivedObject } from './port.ts'

export interface ArchiveUnderTest {
  readonly archive: Archive
  /** Another one on the same objects, as another process would have it. */
  readonly another: () => Promise<Archive>
  close(): Promise<void>
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)

async function listed(archive: Archive, prefix: string, after?: string): Promise<readonly ArchivedObject[]> {
  return await gather(archive.list(prefix, after))
}

/** `open` gives an empty archive of its own to each test. */
export function describeArchiveContract(name: string, open: () => Promise<ArchiveUnderTest>): void {
  describe(`${name} keeps the archive contract:`, { timeout: 60_000 }, () => {
    let current: ArchiveUnderTest | undefined
    const subject = (): ArchiveUnderTest => {
      if (current === undefined) throw new Error('No archive is open')
      return current
    }
    beforeEach(async () => {
      current = await open()
    })
    afterEach(async () => {
      await current?.close()
    })

    it('gives back what was put, to others too', async () => {
      const { archive, another } = subject()
      const content = randomBytes(300_000)
      await archive.put('org=a/day=2025-09-06/part-1.parquet', content)
      for (const reader of [archive, await another()]) {
        const found = await reader.get('org=a/day=2025-09-06/part-1.parquet')
        expect(Buffer.compare(found ?? Buffer.alloc(0), content)).toBe(0)
      }
    })

    it('replaces an object by putting it again', async () => {
      const { archive } = subject()
      await archive.put('a', text('a long first version'))
      await archive.put('a', text('second'))
      expect(textOf(await archive.get('a'))).toBe('second')
      expect(await listed(archive, '')).toEqual([{ key: 'a', bytes: 6 }])
    })

    it('has objects without content', async () => {
      const { archive } = subject()
      await archive.put('empty', new Uint8Array(0))
      expect(await archive.get('empty')).toHaveLength(0)
      expect(await archive.read('empty', 0, 10)).toHaveLength(0)
      expect(await listed(archive, '')).toEqual([{ key: 'empty', bytes: 0 }])
    })

    it('reads ranges of bytes, and stops where the object ends', async () => {
      const { archive } = subject()
      await archive.put('digits', text('0123456789'))
      expect(textOf(await archive.read('digits', 0, 4))).toBe('0123')
      expect(textOf(await archive.read('digits', 4, 10))).toBe('456789')
      expect(textOf(await archive.read('digits', 8, 400))).toBe('89')
      expect(textOf(await archive.read('digits', 10, 20))).toBe('')
      expect(textOf(await archive.read('digits', 3, 3))).toBe('')
    })

    it('has nothing where nothing was put', async () => {
      const { archive } = subject()
      expect(await archive.get('missing')).toBeUndefined()
      expect(await archive.read('missing', 0, 10)).toBeUndefined()
      expect(await archive.read('missing', 3, 3)).toBeUndefined()
      expect(await listed(archive, '')).toEqual([])
      await archive.put('folder/inner', text('x'))
      expect(await archive.get('folder')).toBeUndefined()
      expect(await archive.get('folder/inner/deeper')).toBeUndefined()
    })

    it('creates an object once', async () => {
      const { archive, another } = subject()
      expect(await archive.create('log/1', text('first'))).toBe(true)
      expect(await archive.create('log/1', text('again'))).toBe(false)
      expect(await (await another()).create('log/1', text('another'))).toBe(false)
      expect(textOf(await archive.get('log/1'))).toBe('first')
    })

    it('lets one of several at once create an object', async () => {
      const { archive, another } = subject()
      const other = await another()
      const created = await Promise.all(
        Array.from(
          { length: 8 },
          async (_, i) => await (i % 2 === 0 ? archive : other).create('one', text(`${i}`)),
        ),
      )
      expect(created.filter(Boolean)).toHaveLength(1)
      expect(textOf(await archive.get('one'))).toBe(String(created.indexOf(true)))
    })

    it('lists by prefix, in order of the keys', async () => {
      const { archive } = subject()
      for (const key of [
        'org=b/x',
        'org=a/day=2/y',
        'org=a/day=10/y',
        'org=a/day=1/y',
        'org=a-b/z',
        'org=ab',
      ])
        await archive.put(key, text(key))
      const keys = async (prefix: string, after?: string): Promise<readonly string[]> =>
        (await listed(archive, prefix, after)).map(({ key }) => key)
      expect(await keys('org=a/')).toEqual(['org=a/day=1/y', 'org=a/day=10/y', 'org=a/day=2/y'])
      expect(await keys('org=a/day=1')).toEqual(['org=a/day=1/y', 'org=a/day=10/y'])
      expect(await keys('')).toEqual([
        'org=a-b/z',
        'org=a/day=1/y',
        'org=a/day=10/y',
        'org=a/day=2/y',
        'org=ab',
        'org=b/x',
      ])
      expect(await keys('org=a/', 'org=a/day=10/y')).toEqual(['org=a/day=2/y'])
      expect(await keys('org=c')).toEqual([])
    })

    it('lists more than a page of a server', async () => {
      const { archive } = subject()
      const keys = Array.from({ length: 1100 }, (_, i) => `log/${String(i).padStart(6, '0')}`)
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map(async (key) => await archive.put(key, text(key))))
      expect((await listed(archive, 'log/')).map(({ key }) => key)).toEqual(keys)
      expect(await listed(archive, 'log/', keys[1097])).toHaveLength(2)
    })

    it('removes an object, and takes it lightly when there is none', async () => {
      const { archive } = subject()
      await archive.put('a/b', text('x'))
      await archive.put('a/c', text('y'))
      await archive.remove('a/b')
      await archive.remove('a/b')
      await archive.remove('never/was')
      expect(await archive.get('a/b')).toBeUndefined()
      expect(await listed(archive, '')).toEqual([{ key: 'a/c', bytes: 1 }])
      expect(await archive.create('a/b', text('z'))).toBe(true)
    })

    it.each([
      '',
      '/',
      'a//b',
      '../up',
      'a/../../b',
      'a/./b',
      '/root',
      'a/',
      'a b',
      'ä',
      'a\\b',
      'a\0',
      '.hidden',
    ])('refuses %j as a key', async (key) => {
      const { archive } = subject()
      await expect(archive.put(key, text('x'))).rejects.toThrow(RangeError)
      await expect(archive.create(key, text('x'))).rejects.toThrow(RangeError)
      await expect(archive.get(key)).rejects.toThrow(RangeError)
      await expect(archive.read(key, 0, 1)).rejects.toThrow(RangeError)
      await expect(archive.remove(key)).rejects.toThrow(RangeError)
    })
  })
}
