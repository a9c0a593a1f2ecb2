import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { ApiClient } from './api-client.ts'
import { editorFrame, type MqttIdentity, mqttPacketOf, type NextFrame, socketIoFrame } from './fuzz-frames.ts'
import { connectPacket } from './mqtt-packets.ts'
import type { Random } from './random.ts'
import type { DeviceAccess } from './resources.ts'

/** One connection to a door, through which frames go one after the other. */
interface Line {
  /** False when the other side has closed it, or never opened it. */
  send(frame: string | Buffer): Promise<boolean>
  end(): void
}

export interface HostileDoor {
  readonly name: string
  readonly next: NextFrame
  readonly open: () => Promise<Line | undefined>
}

export interface Surroundings {
  readonly url: string
  readonly mqttPort: number
  /** Cookie headers of sessions. */
  readonly admin: string
  readonly member: string
  readonly memberApi: Pick<ApiClient, 'token'>
  readonly device: DeviceAccess
}

/** Every port and socket, before sign-in and after, as a member and as a device. */
export function hostileDoors(around: Surroundings): readonly HostileDoor[] {
  const { admin, device, member, memberApi, mqttPort, url } = around
  const ws = url.replace('http', 'ws')
  const as = (Cookie: string): Readonly<Record<string, string>> => ({ Cookie, Origin: url })
  const own: MqttIdentity = device
  const { id, password } = device
  const greeting = connectPacket({ clientId: id, username: id, password, clean: true, keepAliveSeconds: 60 })
  const live = `${ws}/socket.io/?EIO=4&transport=websocket`
  const dashboard = `${ws}/dashboard/socket.io/?EIO=4&transport=websocket`
  const widgets = ['widget-load', 'widget-action', 'widget-change', 'widget-send', 'disconnect', 'x'] as const
  const join = async (): Promise<readonly string[]> => [
    `40/live,${JSON.stringify({ token: await memberApi.token() })}`,
  ]
  return [
    { name: 'MQTT, a stranger', next: mqttPacketOf(undefined), open: () => openTcp(mqttPort) },
    { name: 'MQTT, a device', next: mqttPacketOf(own), open: () => openTcp(mqttPort, greeting) },
    {
      name: 'MQTT over WebSocket, a stranger',
      next: mqttPacketOf(undefined),
      open: () => openWs(`${ws}/mqtt`, {}, [], 'mqtt'),
    },
    {
      name: 'MQTT over WebSocket, a device',
      next: mqttPacketOf(own),
      open: () => openWs(`${ws}/mqtt`, {}, [greeting], 'mqtt'),
    },
    { name: 'live, a stranger', next: socketIoFrame('/live', ['subscribe', 'x']), open: () => openWs(live) },
    {
      name: 'live, a member',
      next: socketIoFrame('/live', ['subscribe', 'x']),
      open: async () => openWs(live, {}, await join()),
    },
    { name: 'editor, a stranger', next: editorFrame, open: () => openWs(`${ws}/editor/comms`) },
    { name: 'editor, a member', next: editorFrame, open: () => openWs(`${ws}/editor/comms`, as(member)) },
    { name: 'editor, an admin', next: editorFrame, open: () => openWs(`${ws}/editor/comms`, as(admin)) },
    { name: 'dashboard, a stranger', next: socketIoFrame('/', widgets), open: () => openWs(dashboard) },
    {
      name: 'dashboard, a member',
      next: socketIoFrame('/', widgets),
      open: () => openWs(dashboard, as(member), ['40']),
    },
    { name: 'HTTP port, a stranger', next: rawHttp, open: () => openTcp(Number(new URL(url).port)) },
  ]
}

/** Requests that ask for a socket, and what only begins like one. */
const rawHttp: NextFrame = (random) => {
  const path = random.pick(['/mqtt', '/socket.io/', '/editor/comms', '/', '/%00', '//x', '/live', '*'])
  const version = random.pick(['1.1', '1.0', '9.9'])
  const upgrade = random.pick(['websocket', 'h2c', ''])
  const lines = [
    `GET ${path} HTTP/${version}`,
    'Host: x',
    `Upgrade: ${upgrade}`,
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${random.bytes(random.between(0, 20)).toString('base64')}`,
    `Sec-WebSocket-Version: ${random.between(0, 20)}`,
    `Content-Length: ${random.pick(['0', '-1', '99999999999999999999', 'x'])}`,
  ]
  return random.next() < 0.3 ? random.bytes(random.between(1, 300)) : `${lines.join('\r\n')}\r\n\r\n`
}

const waitForOpenMs = 5000

function openTcp(port: number, greeting?: Buffer): Promise<Line | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(undefined))
    socket.resume()
    socket.once('connect', () => {
      if (greeting !== undefined) socket.write(greeting)
      resolve({
        send: (frame) =>
          new Promise((sent) => {
            if (!socket.writable) return sent(false)
            socket.write(frame, (error) => sent(error === undefined || error === null))
            return undefined
          }),
        end: () => socket.destroy(),
      })
    })
  })
}

function openWs(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  greetings: readonly (string | Buffer)[] = [],
  protocol?: string,
): Promise<Line | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], {
      headers,
      handshakeTimeout: waitForOpenMs,
    })
    socket.on('error', () => resolve(undefined))
    socket.once('close', () => resolve(undefined))
    socket.once('open', () => {
      for (const greeting of greetings) socket.send(greeting)
      resolve({
        send: (frame) =>
          new Promise((sent) => {
            if (socket.readyState !== socket.OPEN) return sent(false)
            socket.send(frame, (error) => sent(error === undefined || error === null))
            return undefined
          }),
        end: () => socket.terminate(),
      })
    })
  })
}

const framesPerLine = 50
const linesAtOnce = 4

export interface Assault {
  readonly frames: number
  readonly random: Random
  /** As fast as it goes unless said otherwise. */
  readonly perSecond?: number
  /** Where a stranger's connections take turns, all frames may take hours. */
  readonly mostMs?: number
}

/** Sends so many frames through one door, over a few connections at once; what no connection takes counts as sent. */
export async function assail(
  door: HostileDoor,
  { frames, mostMs = Infinity, perSecond = Infinity, random }: Assault,
): Promise<{ readonly sent: number; readonly connections: number }> {
  const startedMs = performance.now()
  let left = frames
  let connections = 0
  const isOver = (): boolean => left <= 0 || performance.now() - startedMs > mostMs
  const pace = async (): Promise<void> => {
    const aheadMs = ((frames - left) / perSecond) * 1000 - (performance.now() - startedMs)
    if (aheadMs > 1) await pause(aheadMs)
  }
  const attack = async (): Promise<void> => {
    while (!isOver()) {
      connections += 1
      await pace()
      const line = await door.open()
      let isOpen = line !== undefined
      if (!isOpen) left -= 1
      for (let i = 0; isOpen && i < framesPerLine && !isOver(); i += 1) {
        left -= 1
        await pace()
        isOpen = (await line?.send(door.next(random))) === true
      }
      line?.end()
    }
  }
  await Promise.all(Array.from({ length: linesAtOnce }, attack))
  return { sent: frames - left, connections }
}
