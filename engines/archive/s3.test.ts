import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gather } from '../../nodes/platform/kit/gather.ts'
import { describeArchiveContract } from '../../nodes/platform/archive/archive.contract.ts'
import { ArchiveUnavailable } from '../../nodes/platform/archive/errors.ts'
import { openS3Archive } from './s3.ts'
import { missingS3Server, type S3Server, startS3Server } from './s3-server.fixture.ts'

describe.skipIf(missingS3Server !== undefined)(
  `an S3 server (${missingS3Server ?? 'moto'})`,
  { timeout: 60_000 },
  () => {
    let server: S3Server
    let buckets = 0
    beforeAll(async () => {
      server = await startS3Server()
    }, 60_000)
    afterAll(async () => {
      await server.kill()
    })

    describeArchiveContract('the archive in a bucket', async () => {
      const bucket = `contract-${(buckets += 1)}`
      await server.createBucket(bucket)
      const open = (): ReturnType<typeof openS3Archive> =>
        openS3Archive({ bucket, prefix: 'in/here/', endpoint: server.endpoint, region: 'us-east-1' })
      const archive = await open()
      const others = [archive]
      return {
        archive,
        async another() {
          const other = await open()
          others.push(other)
          return other
        },
        async close() {
          await Promise.all(others.map((other) => other.close()))
        },
      }
    })

    it('keeps to its prefix', async () => {
      await server.createBucket('shared')
      const open = (prefix: string): ReturnType<typeof openS3Archive> =>
        openS3Archive({ bucket: 'shared', prefix, endpoint: server.endpoint })
      const [one, two] = [await open('one/'), await open('two/')]
      await one.put('a', Buffer.from('x'))
      expect(await two.get('a')).toBeUndefined()
      expect(await gather(two.list(''))).toEqual([])
      await Promise.all([one.close(), two.close()])
    })

    it('is not opened where there is no bucket', async () => {
      const opened = openS3Archive({ bucket: 'never-created', prefix: '', endpoint: server.endpoint })
      await expect(opened).rejects.toThrow(ArchiveUnavailable)
      await expect(opened).rejects.toThrow(/open bucket never-created/)
    })

    it('says so when the server has died', async () => {
      const dying = await startS3Server()
      await dying.createBucket('short-lived')
      const archive = await openS3Archive({
        bucket: 'short-lived',
        prefix: '',
        endpoint: dying.endpoint,
        attempts: 1,
      })
      await archive.put('a', Buffer.from('x'))
      await dying.kill()
      await expect(archive.put('b', Buffer.from('y'))).rejects.toThrow(ArchiveUnavailable)
      await expect(archive.create('b', Buffer.from('y'))).rejects.toThrow(/create b: .*ECONNREFUSED/)
      await expect(archive.get('a')).rejects.toThrow(ArchiveUnavailable)
      await expect(archive.read('a', 0, 1)).rejects.toThrow(ArchiveUnavailable)
      await expect(gather(archive.list(''))).rejects.toThrow(ArchiveUnavailable)
      await archive.close()
    })
  },
)
