import { tierView } from '../identity/role.ts'
import { createSeal } from '../identity/sign-in/seal.ts'
import type { TestInstance } from '../platform/kit/jobs/instances.fixture.ts'
import { silentLogger } from '../platform/logger.ts'
import type { OutgoingRequest } from '../platform/outgoing/port.ts'
import { Channels } from './channels.ts'
import { Deliveries } from './deliveries.ts'
import { Enclosures } from './enclosures.ts'
import { Inbox } from './inbox.ts'
import { Notifications } from './notifications.ts'
import { People } from './people.ts'
import { PushSubscriptions } from './push-subscriptions.ts'
import { webPushSender } from './senders/web-push.ts'

/** Everybody is a member of acme; what browsers are sent goes to `push`, in clear, and its status is the answer. */
export function openNotifications(
  { clock, jobs, store }: Pick<TestInstance, 'clock' | 'jobs' | 'store'>,
  push: (request: OutgoingRequest) => number,
): Notifications {
  const pushes = new PushSubscriptions({ store, clock })
  const user = (id: string) => ({
    id,
    email: `${id}@acme.example`,
    name: id,
    role: 'member',
    orgId: 'acme',
    passwordHash: 'x',
    isEnabled: true,
    createdAt: '2026-01-01T00:00:00Z',
  })
  const people = new People({
    store,
    clock,
    pushes,
    identity: {
      users: { find: async (id) => user(id) },
      roles: { find: async (_, key) => tierView(key) },
    },
  })
  const inbox = new Inbox({ store, clock })
  const elsewhere = async (): Promise<string> => 'shown'
  const enclosures = new Enclosures()
  const deliveries = new Deliveries({
    enclosures,
    store,
    clock,
    jobs,
    log: silentLogger,
    channels: { retire: (orgId, key) => people.forget(orgId, key) },
    channelOf: (orgId, key) => people.channelOf(orgId, key),
    senders: {
      webhook: elsewhere,
      sms: elsewhere,
      fcm: elsewhere,
      email: elsewhere,
      'in-app': elsewhere,
      'web-push': webPushSender(
        { send: async (request) => ({ status: push(request), headers: {}, text: '' }) },
        ({ endpoint }, payload) => ({ url: endpoint, headers: {}, body: Buffer.from(payload) }),
      ),
    },
  })
  jobs.start(deliveries.job)
  return new Notifications({
    enclosures,
    people,
    pushes,
    inbox,
    deliveries,
    clock,
    canMail: false,
    publicPushKey: 'BPy7',
    outbox: { put: async () => true },
    alerts: { get: async () => undefined },
    channels: new Channels({ store, clock, seal: createSeal('of the tests', 'channels') }),
    channelOf: (orgId, key) => people.channelOf(orgId, key),
    directory: { lookup: () => undefined },
    newId: () => 'new',
  })
}
