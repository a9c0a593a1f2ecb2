/** An MQTT client that does exactly what a test says: raw packets over a stream, nothing on its own. */
import net from 'node:net'
import type { Duplex } from 'node:stream'
import mqttPacket from 'mqtt-packet'
import type { IConnackPacket, IConnectPacket, IPublishPacket, ISubackPacket, Packet } from 'mqtt-packet'

export interface WireOptions {
  /** `org/device` or `service/name`; the fixture gate knows both. */
  readonly username?: string
  readonly password?: string
  readonly clientId?: string
  readonly clean?: boolean
  readonly keepalive?: number
  readonly will?: NonNullable<IConnectPacket['will']>
}

type Of<C extends Packet['cmd']> = Extract<Packet, { cmd: C }>

export class WireClient {
  readonly stream: Duplex
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>
  #isClosed = false
  /** The kinds of all packets that arrived, in order. */
  readonly arrived: string[] = []
  readonly #unread: Packet[] = []
  readonly #waiting: { cmd: string; resolve: (packet: Packet) => void; reject: (error: Error) => void }[] = []
  #messageId = 0

  constructor(stream: Duplex) {
    this.stream = stream
    const parser = mqttPacket.parser({ protocolVersion: 4 })
    parser.on('packet', (packet) => this.#received(packet))
    stream.on('data', (chunk: Buffer) => parser.parse(chunk))
    stream.on('error', () => undefined)
    this.closed = new Promise((resolve) =>
      stream.once('close', () => {
        this.#isClosed = true
        for (const { cmd, reject } of this.#waiting) reject(new Error(`closed while waiting for ${cmd}`))
        resolve()
      }),
    )
  }

  static async open(port: number): Promise<WireClient> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new WireClient(socket)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return client
  }

  /** Opens, sends CONNECT and gives the CONNACK too. */
  static async connect(port: number, options: WireOptions = {}): Promise<[WireClient, IConnackPacket]> {
    const client = await WireClient.open(port)
    return [client, await client.connect(options)]
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  async connect(options: WireOptions = {}): Promise<IConnackPacket> {
    const { username = 'acme/pod', password = 'secret', clean = true, keepalive = 0, will } = options
    const clientId = options.clientId ?? username.split('/')[1] ?? ''
    const base = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean,
      clientId,
      keepalive,
    } as const
    this.send({ ...base, username, password: Buffer.from(password), ...(will ? { will } : {}) })
    return this.next('connack')
  }

  send(packet: Packet): void {
    this.stream.write(mqttPacket.generate(packet))
  }

  /** Bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    this.stream.write(bytes)
  }

  /** A publish of QoS 1 or 2 isn't answered here: `await next('puback')`. */
  publish(topic: string, payload: string, options: Partial<IPublishPacket> = {}): number {
    const messageId = options.messageId ?? ++this.#messageId
    this.send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false, ...options, messageId })
    return messageId
  }

  async subscribe(...filters: readonly (string | [string, 0 | 1 | 2])[]): Promise<ISubackPacket> {
    const subscriptions = filters.map((filter) =>
      typeof filter === 'string' ? { topic: filter, qos: 1 as const } : { topic: filter[0], qos: filter[1] },
    )
    this.send({ cmd: 'subscribe', messageId: ++this.#messageId, subscriptions })
    return this.next('suback')
  }

  async unsubscribe(...filters: string[]): Promise<void> {
    this.send({ cmd: 'unsubscribe', messageId: ++this.#messageId, unsubscriptions: filters })
    await this.next('unsuback')
  }

  /** The next packet of the kind that hasn't been read yet, in order of arrival. */
  async next<C extends Packet['cmd']>(cmd: C): Promise<Of<C>> {
    const isWanted = (packet: Packet): packet is Of<C> => packet.cmd === cmd
    const at = this.#unread.findIndex(isWanted)
    const [found] = at < 0 ? [] : this.#unread.splice(at, 1)
    const packet =
      found ??
      (await new Promise<Packet>((resolve, reject) => {
        if (this.#isClosed) reject(new Error(`closed before ${cmd}`))
        else this.#waiting.push({ cmd, resolve, reject })
      }))
    if (!isWanted(packet)) throw new Error(`${packet.cmd} instead of ${cmd}`)
    return packet
  }

  /** The next message, answered as its QoS asks. */
  async message(): Promise<IPublishPacket> {
    const packet = await this.next('publish')
    const { messageId = 0 } = packet
    if (packet.qos === 1) this.send({ cmd: 'puback', messageId })
    if (packet.qos === 2) {
      this.send({ cmd: 'pubrec', messageId })
      await this.next('pubrel')
      this.send({ cmd: 'pubcomp', messageId })
    }
    return packet
  }

  /** A round trip: whatever the broker did before it has arrived. */
  async ping(): Promise<void> {
    this.send({ cmd: 'pingreq' })
    await this.next('pingresp')
  }

  /** What arrived and nobody asked for. */
  unread(cmd: Packet['cmd']): Packet[] {
    return this.#unread.filter((packet) => packet.cmd === cmd)
  }

  async disconnect(): Promise<void> {
    this.send({ cmd: 'disconnect' })
    await this.closed
  }

  /** Ends the connection without DISCONNECT. */
  async drop(): Promise<void> {
    this.stream.destroy()
    await this.closed
  }

  #received(packet: Packet): void {
    this.arrived.push(packet.cmd)
    const at = this.#waiting.findIndex(({ cmd }) => cmd === packet.cmd)
    const [waiting] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (waiting) waiting.resolve(packet)
    else this.#unread.push(packet)
  }
}

/** `topic payload` of a message, for comparing. */
export function text({ topic, payload }: IPublishPacket): string {
  return `${topic} ${payload.toString()}`
}
