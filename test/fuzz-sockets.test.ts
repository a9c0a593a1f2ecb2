import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { beforeAll, describe, expect, it } from 'vitest'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { assail, hostileDoors, type HostileDoor } from './harness/fuzz-sockets.ts'
import { hostileSurroundings } from './harness/hostile-surroundings.ts'
import { seededRandom } from './harness/random.ts'
import { usePlatform } from './harness/use-platform.ts'

/**
 * Through each door, and nobody is turned away, so that all of it comes to whom it is meant for; FUZZ_FRAMES for more.
 * `npm run bench -- hostile` measures what others feel of it.
 */
const frames = Number(process.env['FUZZ_FRAMES'] ?? 2000)
const maxGrowthBytes = 150e6

describe(`${frames} random frames`, () => {
  const running = usePlatform({ environment: { BROKEN_CONNECTIONS_PER_SECOND: '0' } })
  const random = seededRandom('sockets')
  let doors: ReadonlyMap<string, HostileDoor>
  let bystander: WireClient
  let bystanderTopic: string

  beforeAll(async () => {
    const around = await hostileSurroundings(running())
    doors = new Map(hostileDoors(around).map((door) => [door.name, door]))
    bystander = await connectDevice(running().mqttPort, around.bystander)
    bystanderTopic = around.bystander.topic
  })

  it.each([
    'MQTT, a stranger',
    'MQTT, a device',
    'MQTT over WebSocket, a stranger',
    'MQTT over WebSocket, a device',
    'live, a stranger',
    'live, a member',
    'editor, a stranger',
    'editor, a member',
    'editor, an admin',
    'dashboard, a stranger',
    'dashboard, a member',
    'HTTP port, a stranger',
  ])('%s: the platform lives, its memory does not grow without end, others go on', async (name) => {
    const door = doors.get(name)
    if (door === undefined) throw new Error(`there is no door ${name}`)
    const before = await running().metric('process_resident_memory_bytes')
    await assail(door, { frames, random })
    expect(running().process.hasExited).toBe(false)
    expect((await fetch(`${running().url}/readyz`)).status).toBe(200)
    await publishAndWait(bystander, bystanderTopic, '{"readings":[{"port":1,"value":1}]}')
    const after = await running().metric('process_resident_memory_bytes')
    expect(after - before).toBeLessThan(maxGrowthBytes)
    expect(running().log).not.toContain('nobody handled a failure')
  })

  it('leave nothing that nobody knows: the doors are all that were tried', () => {
    expect(doors.size).toBe(12)
  })
})
