import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { filesBelow } from '../engines/backup/files.ts'
import { fleetloom } from './harness/fleetloom.ts'
import { registerFleet } from './harness/fleet.ts'
import { compare, nothingFound } from './harness/oracle.ts'
import { adminPassword, startPlatform, type TestPlatform } from './harness/platform.ts'
import { Publisher } from './harness/publisher.ts'
import { readingsOf } from './harness/resources.ts'
import { makeTempDir } from './harness/temp-dir.ts'
import { until, untilTrue } from './harness/until.ts'

const foldersOf = ({ dataDir, flowsDir }: TestPlatform) => ({ DATA_DIR: dataDir, FLOWS_DIR: flowsDir })

/** Once there are some, the group's place in the stream has moved on past them. */
function readingsOnDisk({ dataDir }: TestPlatform): number {
  using db = new DatabaseSync(path.join(dataDir, 'series', 'series.db'), { readOnly: true })
  const row = db.prepare("SELECT sum(readings) AS readings FROM runs WHERE state = 'live'").get()
  return Number(row?.['readings'] ?? 0)
}

describe('a backup of a platform under full load', () => {
  const platforms: TestPlatform[] = []
  afterAll(async () => {
    for (const platform of platforms) await platform.dispose()
  })

  it('restored elsewhere has everything acknowledged before it began, once, and works on', async () => {
    const platform = await startPlatform()
    platforms.push(platform)
    const { api, devices } = await registerFleet(platform.api, 20)
    const publisher = await Publisher.connect(platform.mqttPort, devices)
    publisher.publish()
    await publisher.whenAcknowledged(20_000)
    // By then the first readings are in the series' file and gone from the group's part of the stream.
    await untilTrue('a tail of the series is on disk', () => readingsOnDisk(platform) > 0, { seconds: 60 })

    const before = publisher.connections.map(({ log }) =>
      Array.from({ length: log.sent }, (_, sequence) => sequence).filter((one) => log.isAcknowledged(one)),
    )
    const home = makeTempDir('backup')
    const backup = await fleetloom(['backup', '--out', path.join(home, 'backup')], foldersOf(platform))
    expect(backup).toMatchObject({ code: 0 })
    await publisher.whenAcknowledged(1000)
    await publisher.drain()
    publisher.stop()
    await platform.kill('SIGKILL')

    // Who finds it finds hashes, but no password.
    for (const file of await filesBelow(path.join(home, 'backup'))) {
      const bytes = readFileSync(path.join(home, 'backup', file))
      for (const secret of [adminPassword, ...devices.map(({ password }) => password)])
        expect([file, bytes.includes(secret)]).toEqual([file, false])
      expect([file, statSync(path.join(home, 'backup', file)).mode & 0o077]).toEqual([file, 0])
    }

    const restoredDir = path.join(home, 'data')
    const flowsDir = path.join(home, 'flows')
    const restore = await fleetloom(
      ['restore', '--from', path.join(home, 'backup'), '--data-dir', restoredDir, '--flows-dir', flowsDir],
      foldersOf(platform),
    )
    expect(restore).toMatchObject({ code: 0 })
    expect((await filesBelow(flowsDir)).length).toBe((await filesBelow(platform.flowsDir)).length)

    const restored = await startPlatform({ dataDir: restoredDir })
    platforms.push(restored)
    const there = restored.api.in(api.organization ?? '')
    const findings = nothingFound()
    for (const [index, { device, log }] of publisher.connections.entries()) {
      const expected = before[index] ?? []
      const readings = await until(
        `every reading of ${device.id} acknowledged before the backup is there`,
        async () => {
          const found = await readingsOf(there, device.id)
          const stored = new Set(found.map(({ rawValue }) => rawValue))
          return expected.every((sequence) => stored.has(sequence)) ? found : undefined
        },
      )
      compare(findings, device.id, log, readings)
    }
    const acknowledged = before.reduce((sum, list) => sum + list.length, 0)
    process.stdout.write(
      `${backup.text.split('\n')[0]}\n${acknowledged} acknowledged before, ${findings.stored} restored, ` +
        `${findings.storedTwice.length} twice\n`,
    )
    expect(findings.stored).toBeGreaterThanOrEqual(acknowledged)
    expect(findings).toMatchObject({ storedTwice: [], wrong: [], outOfOrder: [] })

    // Devices know the same passwords, and what they send from here on is taken.
    const again = await Publisher.connect(restored.mqttPort, devices.slice(0, 1))
    again.publish()
    await again.whenAcknowledged(10)
    await again.drain()
    again.stop()
    await restored.kill('SIGTERM')
    expect(restored.process.stderr).toBe('')
  })

  it('of a platform that was killed is as sound; with a byte changed it is refused by the name of the file', async () => {
    const [platform] = platforms
    if (platform === undefined) throw new Error('the platform was not started')
    const home = makeTempDir('backup')
    const out = path.join(home, 'backup')
    expect(await fleetloom(['backup', '--out', out], foldersOf(platform))).toMatchObject({ code: 0 })
    expect(await filesBelow(path.join(out, 'data'))).toContain('secrets.json')

    const file = path.join(out, 'data', 'stream', 'stream.db')
    const bytes = readFileSync(file)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(file, bytes)
    const refused = await fleetloom(
      ['restore', '--from', out, '--data-dir', path.join(home, 'data')],
      foldersOf(platform),
    )
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('data/stream/stream.db is not what was written')
  })
})
