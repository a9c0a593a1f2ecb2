import { beforeEach, describe, expect, test } from 'vitest'
import type { Alert } from '../alerts/alert.ts'
import { aRecord } from '../devices/device.fixture.ts'
import { aUser } from '../identity/principals.fixture.ts'
import { tierView } from '../identity/role.ts'
import type { User } from '../identity/user.ts'
import { callOperation } from '../http/call-operation.fixture.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { silentLogger } from '../platform/logger.ts'
import type { Mail } from '../platform/mail/port.ts'
import { createSeal } from '../identity/sign-in/seal.ts'
import { Channels } from './channels.ts'
import { Deliveries, type FindChannel } from './deliveries.ts'
import { Enclosures } from './enclosures.ts'
import { Inbox } from './inbox.ts'
import { Notifications } from './notifications.ts'
import { operation as getPreferences } from './operations/get-notification-preferences.ts'
import { operation as listNotifications } from './operations/list-notifications.ts'
import { operation as readAll } from './operations/read-all-notifications.ts'
import { operation as readOne } from './operations/read-notification.ts'
import { operation as setPreferences } from './operations/set-notification-preferences.ts'
import { People } from './people.ts'
import { wayOfKey } from './preferences.ts'
import { PushSubscriptions } from './push-subscriptions.ts'
import { emailSender } from './senders/email.ts'
import { inAppSender } from './senders/in-app.ts'

/** A Monday, at seven in Rome. */
const startMs = Date.parse('2026-01-05T06:00:00Z')
const world = useInstances(startMs)
const night = { timeZone: 'Europe/Rome', days: ['sun', 'mon'], from: '22:00', to: '08:00' }

let users: Map<string, User>
let mails: Mail[]
let shown: unknown[]
let notifications: Notifications
let severity: Alert['severity']

const someone = (id: string, changes: Partial<User> = {}): User => ({
  id,
  email: `${id}@acme.example`,
  name: id,
  role: 'operator',
  orgId: 'acme',
  passwordHash: 'x',
  isEnabled: true,
  createdAt: '2026-01-01T00:00:00Z',
  ...changes,
})

beforeEach(() => {
  users = new Map(['ada', 'bob'].map((id) => [id, someone(id)]))
  mails = []
  shown = []
  severity = 'warning'
  const { clock, jobs, store } = world.open('a')
  const pushes = new PushSubscriptions({ store, clock })
  const people = new People({
    store,
    clock,
    pushes,
    identity: {
      users: { find: (id) => Promise.resolve(users.get(id)) },
      roles: { find: (_, key) => Promise.resolve(tierView(key)) },
    },
  })
  const inbox = new Inbox({ store, clock })
  const channels = new Channels({ store, clock, seal: createSeal('of the tests', 'channels') })
  const channelOf: FindChannel = (orgId, key) =>
    wayOfKey(key) === undefined ? channels.get(orgId, key) : people.channelOf(orgId, key)
  const notHere = (): Promise<string> => Promise.reject(new Error('nobody has one'))
  const deliveries = new Deliveries({
    enclosures: new Enclosures(),
    store,
    clock,
    jobs,
    log: silentLogger,
    channels,
    channelOf,
    senders: {
      webhook: notHere,
      sms: notHere,
      fcm: notHere,
      'web-push': notHere,
      email: emailSender({
        send: (mail) => Promise.resolve(`250 ${mails.push(mail)}`),
        close: () => undefined,
      }),
      'in-app': inAppSender({ publish: (orgId, event) => void shown.push({ orgId, ...event }) }, inbox),
    },
  })
  jobs.start(deliveries.job)
  notifications = new Notifications({
    enclosures: new Enclosures(),
    canMail: true,
    outbox: { put: async () => true },
    alerts: { get: (_, id) => Promise.resolve(anAlert(id)) },
    channels,
    channelOf,
    people,
    pushes,
    publicPushKey: 'BPy7',
    inbox,
    deliveries,
    directory: { lookup: () => aRecord() },
    clock,
    newId: () => 'new',
  })
})

const anAlert = (id: string): Alert => ({
  id,
  ruleId: 'r1',
  ruleName: 'hot',
  deviceId: 'd1',
  port: 1,
  severity,
  status: 'firing',
  firedAtMs: startMs,
  acknowledgedAtMs: null,
  resolvedAtMs: null,
  silencedUntilMs: null,
  value: 31,
  message: 'Press 1 is at 31',
  channels: [],
  openKey: null,
  entries: [],
})
const fire = (id: string): ReturnType<Notifications['tell']> =>
  notifications.tell({
    id: `alerts/${id}/1`,
    orgId: 'acme',
    subject: { kind: 'alerts', id },
    aggregateId: id,
    seq: 1,
    type: 'AlertFired',
    atMs: startMs,
    at: '2026-01-05T06:00:00.000Z',
    data: { suppressedUntilMs: null },
  })
const as = (userId: string): { principal: ReturnType<typeof aUser> } => ({
  principal: aUser('operator', { userId }),
})
const call = (
  operation: Parameters<typeof callOperation>[0],
  userId: string,
  more: object = {},
): ReturnType<typeof callOperation> => callOperation(operation, { notifications }, { ...as(userId), ...more })
const prefer = (userId: string, body: object): ReturnType<typeof callOperation> =>
  call(setPreferences, userId, { body })

describe('preferences', () => {
  test('nobody is told who did not ask to be', async () => {
    expect((await call(getPreferences, 'ada')).body).toEqual({
      preferences: { channels: { info: [], warning: [], critical: [] }, quietHours: null, language: 'en' },
    })
    expect(await fire('a1')).toEqual([])
  })

  test('are one’s own, and by severity', async () => {
    await prefer('ada', { channels: { warning: ['in-app'], critical: ['in-app', 'email'] } })
    await prefer('bob', { channels: { critical: ['email', 'email'] }, language: 'pt' })
    expect(await fire('a1')).toMatchObject([{ channel: 'user:ada:in-app' }])
    severity = 'critical'
    const told = await fire('a2')
    expect(told.map(({ channel }) => channel)).toEqual([
      'user:ada:in-app',
      'user:ada:email',
      'user:bob:email',
    ])
    await world.clock.pass(1000)
    expect(mails.map(({ subject, to }) => [to, subject])).toEqual([
      [['ada@acme.example'], 'Alert: Press 1 is at 31'],
      [['bob@acme.example'], 'Alerta: Press 1 is at 31'],
    ])
  })

  test('in quiet hours mails wait, the app does not, nor does what is critical', async () => {
    const both = ['in-app', 'email']
    await prefer('ada', { channels: { warning: both, critical: both }, quietHours: night })
    await fire('a1')
    await world.clock.pass(1000)
    expect([shown.length, mails.length]).toEqual([1, 0])
    severity = 'critical'
    await fire('a2')
    await world.clock.pass(1000)
    expect([shown.length, mails.length]).toEqual([2, 1])
    // Eight in Rome.
    await world.clock.pass(3_600_000)
    expect(mails).toHaveLength(2)
  })

  test.each([
    ['was disabled', { isEnabled: false }],
    ['went to another organization', { orgId: 'other' }],
    ['may not look at alerts any more', { role: 'member' }],
  ] as const)('who %s is not told', async (_, changes) => {
    await prefer('ada', { channels: { warning: ['email'] } })
    users.set('ada', someone('ada', changes))
    expect(await fire('a1')).toEqual([])
  })

  test('who is gone when it is sent is not told either', async () => {
    await prefer('ada', { channels: { warning: ['email'] }, quietHours: night })
    const [delivery] = await fire('a1')
    users.delete('ada')
    await world.clock.pass(3_700_000)
    expect(mails).toEqual([])
    expect(await notifications.deliveries.get('acme', delivery?.id ?? '')).toMatchObject({ status: 'failed' })
  })

  test.each([
    [{ channels: { warning: ['sms'] } }, 'body.channels.warning.0'],
    [{ channels: {}, quietHours: { ...night, timeZone: 'Mars/Olympus' } }, 'body.quietHours.timeZone'],
    [{ channels: {}, loud: true }, 'loud'],
    [{}, 'body.channels'],
  ])('%j is refused', async (body, path) => {
    const answer = await prefer('ada', body)
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining(path)])
  })

  test('of a program there are none', async () => {
    const program = {
      kind: 'service-account',
      accountId: 's1',
      orgId: 'acme',
      permissions: ['modules:*:*:*'],
    }
    expect((await call(getPreferences, 'ada', { principal: program })).status).toBe(403)
  })
})

describe('the inbox', () => {
  beforeEach(async () => {
    await prefer('ada', { channels: { warning: ['in-app'] } })
    await fire('a1')
    await world.clock.pass(1000)
    await fire('a2')
    await world.clock.pass(1000)
  })
  const listed = async (userId: string, query = {}): Promise<unknown> =>
    (await call(listNotifications, userId, { query })).body

  test('has what they were told, newest first, once, and tells them live', async () => {
    await fire('a2')
    await world.clock.pass(1000)
    expect(await listed('ada')).toMatchObject({
      items: [{ alertId: 'a2', title: 'Alert: Press 1 is at 31', readAt: null }, { alertId: 'a1' }],
      unread: 2,
    })
    expect(await listed('bob')).toEqual({ items: [], unread: 0 })
    expect(shown).toMatchObject([{ orgId: 'acme', name: 'notification', userId: 'ada' }, { userId: 'ada' }])
  })

  test('knows what was read, since when, and by whom it may be', async () => {
    const [first] = (await notifications.inbox.list('acme', 'ada', { isUnreadOnly: true, limit: 1 })).items
    const params = { id: first?.document.id ?? '' }
    expect((await call(readOne, 'bob', { params })).status).toBe(404)
    expect((await call(readOne, 'ada', { params: { id: 'nothing' } })).status).toBe(404)
    const read = await call(readOne, 'ada', { params })
    await world.clock.pass(5000)
    expect(await call(readOne, 'ada', { params })).toEqual(read)
    expect(await listed('ada', { unread: 'true' })).toMatchObject({ items: [{ alertId: 'a1' }], unread: 1 })
    expect((await call(readAll, 'ada')).body).toEqual({ read: 1 })
    expect(await listed('ada', { unread: 'true' })).toEqual({ items: [], unread: 0 })
  })
})
