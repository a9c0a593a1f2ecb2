import { type GrantedTopics, isChildOf, topicsOf } from './broker-access.ts'
import type { DeviceRecord } from './device.ts'
import type { DeviceClass } from './device-class.ts'
import { filterOf, publishTemplates } from './topics.ts'

/** The platform's own line in the files. */
export interface MosquittoAccount {
  readonly username: string
  /** `$7$…`, as in a device's credential. */
  readonly mosquittoHash: string
}

export interface MosquittoFiles {
  readonly passwords: string
  readonly acl: string
  readonly devices: number
  /** Who could not be written down, and why. */
  readonly leftOut: readonly { readonly deviceId: string; readonly reason: string }[]
}

/** Mosquitto's password and ACL file (mosquitto.conf(5)) for these devices and the platform itself. */
export function mosquittoFiles(
  records: Iterable<DeviceRecord>,
  classes: readonly DeviceClass[],
  account: MosquittoAccount | undefined,
): MosquittoFiles {
  const passwords: string[] = []
  const acl: string[] = []
  const leftOut: { deviceId: string; reason: string }[] = []
  let devices = 0
  const all = [...records]
  const children = Map.groupBy(all, ({ device }) => device.gateway)
  if (account !== undefined) {
    passwords.push(`${account.username}:${account.mosquittoHash}`)
    acl.push(...section(account.username, platformTopics(classes)))
  }
  for (const record of all) {
    const { credential, id, isEnabled } = record.device
    if (!isEnabled) continue
    const topics = grantedTo(record, children.get(id) ?? [])
    const reason =
      id === account?.username
        ? 'its id is the platform’s own user name'
        : whyNot(id, credential.mosquitto, [...topics.publish, ...topics.subscribe])
    if (credential.mosquitto === undefined || reason !== undefined) {
      leftOut.push({ deviceId: id, reason: reason ?? '' })
      continue
    }
    passwords.push(`${id}:${credential.mosquitto}`)
    acl.push(...section(id, topics))
    devices += 1
  }
  return { passwords: lines(passwords), acl: lines(acl), devices, leftOut }
}

/** A gateway has its children's topics as well as its own. */
function grantedTo(record: DeviceRecord, children: readonly DeviceRecord[]): GrantedTopics {
  const all = [record, ...children.filter((child) => isChildOf(child, record))].map(topicsOf)
  return {
    publish: all.flatMap(({ publish }) => publish),
    subscribe: all.flatMap(({ subscribe }) => subscribe),
  }
}

/** The platform hears what devices publish, and publishes their commands. */
function platformTopics(classes: readonly DeviceClass[]): { publish: string[]; subscribe: string[] } {
  const commands = classes.flatMap(({ topics: { command } }) => command ?? [])
  return {
    publish: [...new Set(commands.map(filterOf))].filter(isWritable),
    subscribe: publishTemplates(classes).map(filterOf).filter(isWritable),
  }
}

const section = (
  user: string,
  { publish, subscribe }: { readonly publish: readonly string[]; readonly subscribe: readonly string[] },
): string[] => [
  `user ${user}`,
  ...publish.map((topic) => `topic write ${topic}`),
  ...subscribe.map((topic) => `topic read ${topic}`),
]

function whyNot(id: string, hash: string | undefined, topics: readonly string[]): string | undefined {
  if (hash === undefined) return 'its password is older than these files: give it a new one'
  if (id.includes(':')) return 'the password file takes no user name with a colon'
  const topic = topics.find((each) => !isWritable(each))
  return topic === undefined
    ? undefined
    : `its topic ${JSON.stringify(topic)} does not fit on a line of the ACL file`
}

/** A line break would begin a rule of its own; at an end, a space is lost. */
const isWritable = (topic: string): boolean => topic === topic.trim() && !/\p{Cc}/u.test(topic)

const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('')
