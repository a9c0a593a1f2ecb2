import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveSteps } from '../nodes/telemetry/archiving/archiver.ts'
import { ArchiveUnavailable } from '../nodes/platform/archive/errors.ts'
import { openFileArchive } from '../engines/archive/file.ts'
import { openS3Archive } from '../engines/archive/s3.ts'
import { missingS3Server, startS3Server } from '../engines/archive/s3-server.fixture.ts'
import { verifyOrganization } from '../nodes/telemetry/archiving/verify.ts'
import { FaultyProxy } from '../nodes/platform/testing/faulty-proxy.fixture.ts'
import {
  archivedFleet,
  type ArchivingUnderTest,
  everythingFound,
  everythingStored,
  openArchiving,
} from './harness/archive-day.ts'
import { SmallDisk } from './harness/small-disk.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'

const disk = SmallDisk.mount(16)
if (disk === undefined && process.env['CI'] !== undefined)
  throw new Error('the disk-full test needs root in CI')

let dataDir: string
let archiving: ArchivingUnderTest | undefined
beforeEach(() => {
  dataDir = makeTempDir('archive-faults')
})
afterEach(async () => {
  await archiving?.close()
  archiving = undefined
  removeTempDir(dataDir)
})
afterAll(() => disk?.unmount())

const fileArchive = () => openFileArchive(path.join(dataDir, 'archive'))

async function storeFleet(): Promise<void> {
  const filled = await openArchiving(dataDir, await fileArchive())
  await filled.store(archivedFleet)
  await filled.close()
}

const kills = archiveSteps.flatMap((step) => [1, 3].map((times) => [step, times] as const))

describe('SIGKILL while archiving', () => {
  it.each(kills)(
    'at "%s", the %d. time, loses and doubles nothing; the next run completes',
    async (step, times) => {
      await storeFleet()
      const child = path.join(import.meta.dirname, 'harness/archive-child.ts')
      const died = spawnSync(process.execPath, [child, dataDir, step, String(times)], {
        encoding: 'utf8',
        env: { ...process.env, NODE_NO_WARNINGS: '1' },
      })
      expect({ signal: died.signal, stderr: died.stderr }).toEqual({ signal: 'SIGKILL', stderr: '' })

      const archive = await fileArchive()
      archiving = await openArchiving(dataDir, archive)
      expect(await everythingFound(archiving)).toEqual(everythingStored)
      await archiving.run()
      expect(await everythingFound(archiving)).toEqual(everythingStored)
      expect(await archiving.liveReadings()).toBe(0)
      expect(await verifyOrganization(archive, 'acme')).toMatchObject({
        readings: archivedFleet.length,
        faults: [],
      })
    },
  )
})

describe('a disk that is full', () => {
  it.skipIf(disk === undefined)('ends the run with nothing lost, and the next one completes', async () => {
    if (disk === undefined) return
    const archive = await openFileArchive(path.join(disk.folder, 'archive'))
    archiving = await openArchiving(dataDir, archive)
    await archiving.store(archivedFleet)
    // Room for some of the files.
    const makeRoom = disk.fillUp(150_000)
    await expect(archiving.run()).rejects.toThrow(ArchiveUnavailable)
    const { faults, readings } = await verifyOrganization(archive, 'acme')
    expect(faults).toEqual([])
    expect(readings).toBeGreaterThan(0)
    expect((await archiving.liveReadings()) + readings).toBeGreaterThanOrEqual(archivedFleet.length)
    expect(await everythingFound(archiving)).toEqual(everythingStored)
    makeRoom()
    await archiving.run()
    expect(await everythingFound(archiving)).toEqual(everythingStored)
    expect(await archiving.liveReadings()).toBe(0)
    expect(await verifyOrganization(archive, 'acme')).toMatchObject({
      readings: archivedFleet.length,
      faults: [],
    })
  })
})

describe('an S3 server whose connection breaks', () => {
  it.skipIf(missingS3Server !== undefined)('anywhere costs a run and no reading', async () => {
    const server = await startS3Server()
    await server.createBucket('flaky')
    const proxy = await FaultyProxy.open(server.port)
    const endpoint = `http://127.0.0.1:${proxy.port}`
    const archive = await openS3Archive({
      bucket: 'flaky',
      prefix: '',
      endpoint,
      attempts: 1,
      timeoutMs: 5000,
    })
    try {
      archiving = await openArchiving(dataDir, archive)
      await archiving.store(archivedFleet)
      let broken = 0
      // Further each time: in a put, in what is read back, in the manifest, between.
      for (const bytes of [100, 700, 3_000, 20_000, 37_000, 60_000, 90_000, 150_000]) {
        proxy.resetAfter(bytes)
        await expect(archiving.run()).rejects.toThrow(ArchiveUnavailable)
        broken += 1
        await proxy.heal()
        expect(await everythingFound(archiving)).toEqual(everythingStored)
      }
      expect(broken).toBe(8)
      await archiving.run()
      expect(await everythingFound(archiving)).toEqual(everythingStored)
      expect(await archiving.liveReadings()).toBe(0)
      expect(await verifyOrganization(archive, 'acme')).toMatchObject({
        readings: archivedFleet.length,
        faults: [],
      })
    } finally {
      await archive.close()
      await proxy[Symbol.asyncDispose]()
      await server.kill()
    }
  })
})
