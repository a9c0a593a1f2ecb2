import type { Broker } from './port.ts'

/**
 * Stands for a broker that is opened last, so that nothing is accepted before there is a flow to take it. Domains and nodes
 * have it from the beginning, and use it when they run.
 */
export class LateBroker implements Broker {
  #opened: Broker | undefined

  opened(broker: Broker): void {
    this.#opened = broker
  }

  publish(message: Parameters<Broker['publish']>[0]): Promise<void> {
    return this.#broker.publish(message)
  }

  disconnect(deviceId: string): Promise<void> {
    return this.#broker.disconnect(deviceId)
  }

  statistics(): ReturnType<Broker['statistics']> {
    return this.#broker.statistics()
  }

  get trouble(): Error | undefined {
    return this.#opened?.trouble
  }

  async close(): Promise<void> {
    await this.#opened?.close()
  }

  get #broker(): Broker {
    if (this.#opened === undefined) throw new Error('the broker is not open yet')
    return this.#opened
  }
}
