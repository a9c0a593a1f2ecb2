import { cpSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ApiClient } from './harness/api-client.ts'
import { registerFleet } from './harness/fleet.ts'
import { type PlatformOptions, startPlatform } from './harness/platform.ts'
import { Publisher } from './harness/publisher.ts'
import { type Random, seededRandom } from './harness/random.ts'
import { readingsOf } from './harness/resources.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { frameEnds, markOf, markWals, overwriteFrom, truncateFile, type WalMark } from './harness/wal.ts'

const streamWal = 'stream/stream.db-wal'

/**
 * What the disk may hold after a power cut: everything synced, and any beginning of what was written after that. Shown:
 * what was acknowledged up to a moment is found again wherever the stream's log breaks off after that moment, also
 * mid-frame or with rubbish at its end, with the other logs cut to that moment. That an acknowledgment waits for the
 * sync is shown in sync.test.ts; that a disk keeps what it says it synced is for its maker to show.
 */
describe('a power cut', () => {
  const running = usePlatform()

  it('leaves what was acknowledged before it, wherever the log breaks off', async () => {
    const platform = running()
    const random = seededRandom('power')
    const { api, devices } = await registerFleet(platform.api, 5)
    const publisher = await Publisher.connect(platform.mqttPort, devices)
    publisher.publish()
    await publisher.whenAcknowledged(2000)
    await publisher.drain()
    const marks = markWals(platform.dataDir)
    const sentAtMark = publisher.connections.map(({ log }) => log.sent)
    publisher.publish()
    await publisher.whenAcknowledged(2000)
    await platform.kill('SIGKILL')
    publisher.stop()

    for (const tear of tearsOf(platform.dataDir, marks, random)) {
      const folder = makeTempDir('power')
      const dataDir = path.join(folder, 'data')
      cpSync(platform.dataDir, dataDir, { recursive: true })
      for (const mark of marks) if (mark.file !== streamWal) cutTo(dataDir, mark)
      tear.apply(path.join(dataDir, streamWal))
      const found = await storedAfterwards({ dataDir }, api, publisher, sentAtMark)
      process.stdout.write(
        `${tear.what}: ${found.expected} acknowledged before it, ${found.missing.length} lost\n`,
      )
      expect({ tear: tear.what, missing: found.missing }).toEqual({ tear: tear.what, missing: [] })
      removeTempDir(folder)
    }
  })
})

interface Tear {
  readonly what: string
  readonly apply: (file: string) => void
}

function tearsOf(dataDir: string, marks: readonly WalMark[], random: Random): readonly Tear[] {
  const file = path.join(dataDir, streamWal)
  const mark = marks.find((each) => each.file === streamWal)
  const now = markOf(dataDir, streamWal)
  if (mark === undefined) throw new Error('the stream had no log')
  // Once the log has started anew, all that was in it before is in the database itself.
  const from = mark.salt === now.salt ? mark.bytes : 0
  const ends = frameEnds(file).filter((end) => end >= from)
  if (ends.length < 3) throw new Error(`only ${ends.length} frames after the mark`)
  const some = (): number => ends[random.between(0, ends.length - 2)] ?? from
  const boundary = some()
  const middle = some() + random.between(1, 4000)
  const rubbish = some()
  return [
    { what: `the log ends where it was, at ${from}`, apply: (wal) => truncateFile(wal, from) },
    { what: `the log ends at the frame boundary ${boundary}`, apply: (wal) => truncateFile(wal, boundary) },
    { what: `the log ends within a frame, at ${middle}`, apply: (wal) => truncateFile(wal, middle) },
    {
      what: `the log has rubbish from ${rubbish} on`,
      apply: (wal) => overwriteFrom(wal, rubbish, random.bytes(statSync(wal).size - rubbish)),
    },
  ]
}

function cutTo(dataDir: string, mark: WalMark): void {
  if (markOf(dataDir, mark.file).salt === mark.salt) truncateFile(path.join(dataDir, mark.file), mark.bytes)
}

async function storedAfterwards(
  options: PlatformOptions,
  { organization = '' }: ApiClient,
  publisher: Publisher,
  sentAtMark: readonly number[],
): Promise<{ readonly expected: number; readonly missing: readonly string[] }> {
  const platform = await startPlatform(options)
  try {
    const api = platform.api.in(organization)
    const missingNow = async (): Promise<readonly string[]> => {
      const missing: string[] = []
      for (const [index, { device }] of publisher.connections.entries()) {
        const stored = new Set((await readingsOf(api, device.id)).map(({ rawValue }) => rawValue))
        for (let sequence = 0; sequence < (sentAtMark[index] ?? 0); sequence += 1)
          if (!stored.has(sequence)) missing.push(`${device.id} #${sequence}`)
      }
      return missing
    }
    await until('all is read from the stream again', async () => {
      return (await missingNow()).length === 0 ? true : undefined
    }).catch(() => undefined)
    return { expected: sentAtMark.reduce((sum, sent) => sum + sent, 0), missing: await missingNow() }
  } finally {
    await platform.dispose()
  }
}
