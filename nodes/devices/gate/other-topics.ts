import { isChildOf, publishChannel } from '../broker-access.ts'
import { channelOf, type DeviceRecord, routeOf } from '../device.ts'
import type { DeviceDirectory } from '../directory.ts'
import { childFor } from '../gateways.ts'
import type { Newcomers } from '../newcomers.ts'
import type { Stranger } from '../strangers.ts'
import { namedBy } from '../topics.ts'
import type { PublishDecision } from '../../platform/broker/port.ts'
import type { Route } from '../../platform/stream/port.ts'
import type { ConnectedDevice, OtherTopic } from './connected-device.ts'
import type { TopicTemplates } from './topic-templates.ts'

export interface OtherTopicsParts {
  readonly directory: DeviceDirectory
  readonly newcomers: Pick<Newcomers, 'admit' | 'expected' | 'note'>
  readonly templates: TopicTemplates
  readonly counts: { messagesIgnored: number }
}

const refused: PublishDecision = { kind: 'refused', reason: 'not a topic of this device' }
const uplink: PublishDecision = { kind: 'uplink' }
const retainedUplink: PublishDecision = { kind: 'uplink', retain: true }
const ignored: PublishDecision = { kind: 'ignored' }
/** Topics kept at hand for one connection. */
const maxKnown = 20_000

const otherTopicsOf = (principal: ConnectedDevice): Map<string, OtherTopic> =>
  (principal.otherTopics ??= new Map())

/** Topics on which a device publishes, or listens, that are not its own: its children's, and those that nobody has. */
export class OtherTopics {
  readonly #parts: OtherTopicsParts

  constructor(parts: OtherTopicsParts) {
    this.#parts = parts
  }

  decide(principal: ConnectedDevice, record: DeviceRecord, topic: string, retain: boolean): PublishDecision {
    const { counts, newcomers } = this.#parts
    const other = this.#known(principal, record, topic)
    if (other.kind === 'child')
      return retain && this.#channelOf(other.route, topic) === 'lifecycle' ? retainedUplink : uplink
    if (other.kind === 'newcomer') return uplink
    if (other.kind === 'somebodys') return refused
    newcomers.note(topic, record)
    if (record.deviceClass.unknownTopics === 'refuse') return refused
    counts.messagesIgnored += 1
    return ignored
  }

  /** Where it goes that `decide` let pass; undefined where nobody has it by now. */
  routeOf(principal: ConnectedDevice, topic: string): Route | undefined {
    const known = principal.otherTopics?.get(topic)
    return known?.kind === 'child' ? known.route : undefined
  }

  /**
   * Where it goes once the child has come whose topic it is; without a route where it may not come, and undefined where
   * no child can come by this topic. @throws StoreUnavailable
   */
  coming(
    principal: ConnectedDevice,
    record: DeviceRecord,
    topic: string,
  ): Promise<Route | undefined> | undefined {
    const other = this.#known(principal, record, topic)
    return other.kind === 'newcomer' ? this.#bring(principal, record, topic, other.stranger) : undefined
  }

  async #bring(
    principal: ConnectedDevice,
    record: DeviceRecord,
    topic: string,
    stranger: Stranger,
  ): Promise<Route | undefined> {
    const child = await this.#parts.newcomers.admit(record, stranger, topic)
    // Until something in the registry changes, nobody asks again.
    if (child === undefined) otherTopicsOf(principal).set(topic, { kind: 'nobodys' })
    return child && routeOf(child, topic)
  }

  isCommandOfChild(gateway: DeviceRecord, topic: string): boolean {
    return this.#parts.directory
      .childrenOf(gateway.device.id)
      .some((child) => child.commandTopics.includes(topic) && isChildOf(child, gateway))
  }

  #known(principal: ConnectedDevice, record: DeviceRecord, topic: string): OtherTopic {
    const all = otherTopicsOf(principal)
    const known = all.get(topic)
    if (known !== undefined) return known
    if (all.size >= maxKnown) all.clear()
    const found = this.#find(record, topic)
    all.set(topic, found)
    return found
  }

  #find(record: DeviceRecord, topic: string): OtherTopic {
    const { newcomers } = this.#parts
    const child = this.#childOf(record, topic)
    const route = child && routeOf(child, topic)
    if (route !== undefined) return { kind: 'child', route }
    if (this.#isSomebodys(topic)) return { kind: 'somebodys' }
    const stranger = newcomers.expected(record, topic)
    return stranger === undefined ? { kind: 'nobodys' } : { kind: 'newcomer', stranger }
  }

  #channelOf({ key }: Route, topic: string): string | undefined {
    const child = this.#parts.directory.lookup(key)
    return child && publishChannel(child, topic)
  }

  #childOf(gateway: DeviceRecord, topic: string): DeviceRecord | undefined {
    const { directory, templates } = this.#parts
    if (directory.childrenOf(gateway.device.id).length === 0) return undefined
    return childFor(gateway, topic, directory, templates.published)
  }

  /** Whether a device publishes on it, or hears commands there. */
  #isSomebodys(topic: string): boolean {
    const { directory, templates } = this.#parts
    return (
      topic.startsWith('$') ||
      templates.all.some((template) => {
        const named = namedBy(template, topic)
        return (
          named !== undefined &&
          directory
            .byAddress(named.address)
            .some((other) => other.commandTopics.includes(topic) || channelOf(other, topic) !== undefined)
        )
      })
    )
  }
}
