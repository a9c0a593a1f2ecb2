import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatorCore, startNode } from '../targets/child.ts'
import type { Child } from '../targets/child.ts'
import { makeTempDir, removeTempDir } from '../targets/temp-dir.ts'
import type { DeviceCredential, LoadCommand, LoadReply, LoadResult } from './protocol.ts'

/** Sockets that are needed beside those of the devices. */
const spareFiles = 100

/** The runner's end of the load generator, which is a process of its own. */
export class LoadClient {
  readonly #child: Child
  readonly #dir: string

  private constructor(child: Child) {
    this.#child = child
    this.#dir = makeTempDir('load')
  }

  static async start(): Promise<LoadClient> {
    const script = fileURLToPath(new URL('main.ts', import.meta.url))
    const client = new LoadClient(startNode([script], { core: generatorCore, ipc: true }))
    await client.#reply('ready')
    return client
  }

  /** One connection for each device; resolves with the seconds it took. */
  async connect(
    port: number,
    devices: readonly DeviceCredential[],
    options: { inFlight: number; portPairs: number },
  ): Promise<number> {
    const devicesFile = join(this.#dir, 'devices.json')
    writeFileSync(devicesFile, JSON.stringify(devices))
    this.#send({ kind: 'connect', port, devicesFile, ...options })
    return (await this.#reply('connected')).seconds
  }

  async saturate(messages: number, maxSeconds: number): Promise<LoadResult> {
    this.#send({ kind: 'saturate', messages, maxSeconds })
    return (await this.#reply('result')).result
  }

  async paced(ratePerSecond: number, seconds: number): Promise<LoadResult> {
    this.#send({ kind: 'paced', ratePerSecond, seconds })
    return (await this.#reply('result')).result
  }

  async stop(): Promise<void> {
    if (this.#child.process.connected) {
      this.#send({ kind: 'close' })
      await this.#reply('closed').catch(() => undefined)
    }
    await this.#child.stop()
    removeTempDir(this.#dir)
  }

  #send(command: LoadCommand): void {
    this.#child.process.send(command)
  }

  async #reply<Kind extends LoadReply['kind']>(kind: Kind): Promise<Extract<LoadReply, { kind: Kind }>> {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<LoadReply, { kind: Kind }>>()
    const isWanted = (reply: LoadReply): reply is Extract<LoadReply, { kind: Kind }> => reply.kind === kind
    const take = (reply: LoadReply): void => {
      if (isWanted(reply)) resolve(reply)
      else if (reply.kind === 'failed') reject(new Error(`load generator: ${reply.reason}`))
    }
    const ended = (): void => reject(new Error(`the load generator ended:\n${this.#child.lastOutput()}`))
    const child = this.#child.process
    child.on('message', take)
    child.once('exit', ended)
    try {
      return await promise
    } finally {
      child.off('message', take)
      child.off('exit', ended)
    }
  }
}

/** Says in words when this machine cannot open that many connections; undefined when it can. */
export function tooFewFiles(connections: number): string | undefined {
  // Node raises the soft limit to the hard one at start, in the children too, so this is what they will have.
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  if (limit === undefined || Number(limit) >= connections + spareFiles) return undefined
  return (
    `${connections} connections need ${connections + spareFiles} open files a process, but "ulimit -n" allows ${limit}. ` +
    `Raise the hard limit (ulimit -Hn, /etc/security/limits.conf or LimitNOFILE=) to measure this.`
  )
}
