import { describe, expect, test } from 'vitest'
import type { Authentication } from '../identity/authenticator.ts'
import type { PageClient, PagePlace } from '../platform/kit/page-place.ts'
import { asks, defineWidget } from './define-widget.ts'

const user = (orgId: string | undefined, permissions: readonly string[]): Authentication => ({
  kind: 'authenticated',
  principal: {
    kind: 'user',
    userId: 'u1',
    email: 'ann@acme.example',
    role: 'member',
    permissions,
    orgId,
    by: 'session',
    signInId: 's1',
  },
})
const member = user('acme', ['modules:iot:devices:read'])
const client: PageClient = { socketId: 'sock', headers: { cookie: 'session=1', host: 'iot' } }
const owners = new Map([
  ['ours', 'acme'],
  ['theirs', 'other'],
])

/** What comes out of a picker's node when this is said at a page by whom the authenticator takes it from. */
async function heard(said: unknown, who: Authentication, choosesDevice = true): Promise<readonly unknown[]> {
  const sent: unknown[] = []
  let place: PagePlace | undefined
  const node = defineWidget({ type: 'ui-x', icon: '', properties: { device: asks.device }, choosesDevice })
  node.definition.start({
    config: { group: 'g1', order: 1, width: 0, height: 0, device: '' },
    needed: {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is asked of it
      devices: { directory: { lookup: (id: string) => ({ orgId: owners.get(id) }) } } as never,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is asked of it
      identity: { authenticate: () => Promise.resolve(who) } as never,
    },
    nodeId: 'n1',
    name: 'picker',
    emit: (outputs, extra) => sent.push({ outputs, extra }),
    status: () => undefined,
    serveHttp: () => undefined,
    takePlace: (taken) => (place = taken),
    fault: (error) => {
      throw error
    },
  })
  expect(place).toMatchObject({ groupId: 'g1', properties: { device: '' } })
  await place?.onSaid?.(said, client)
  return sent
}

describe('a device that somebody chooses on a page', () => {
  test('goes out of the node, with who it was', async () => {
    expect(await heard({ chosenDevice: 'ours' }, member)).toEqual([
      {
        outputs: [[{ deviceId: 'ours', orgId: 'acme' }]],
        extra: { _client: { socketId: 'sock', userId: 'u1', email: 'ann@acme.example' } },
      },
    ])
  })

  test('is that of the organization that is named, for whoever looks after several', async () => {
    const admin = user(undefined, ['modules:iot:devices:read'])
    expect(await heard({ chosenDevice: 'theirs', organization: 'other' }, admin)).toHaveLength(1)
    expect(await heard({ chosenDevice: 'theirs', organization: 'acme' }, admin)).toEqual([])
    expect(await heard({ chosenDevice: 'theirs' }, admin)).toEqual([])
  })

  test.each<[what: string, said: unknown, who: Authentication]>([
    ["somebody else's", { chosenDevice: 'theirs' }, member],
    ["named with somebody else's organization", { chosenDevice: 'theirs', organization: 'other' }, member],
    ['none at all', { chosenDevice: 'nobody' }, member],
    ['chosen by a stranger', { chosenDevice: 'ours' }, { kind: 'anonymous' }],
    ['chosen after the session has ended', { chosenDevice: 'ours' }, { kind: 'rejected', reason: 'expired' }],
    ['chosen without leave to see devices', { chosenDevice: 'ours' }, user('acme', [])],
    ['said with more than that', { chosenDevice: 'ours', orgId: 'other' }, member],
    ['no text', { chosenDevice: { $ne: '' } }, member],
    ['nothing', undefined, member],
  ])('stays where it is when it is %s', async (_, said, who) => {
    expect(await heard(said, who)).toEqual([])
  })

  test('is nothing to a widget that chooses none', async () => {
    expect(await heard({ chosenDevice: 'ours' }, member, false)).toEqual([])
  })
})
