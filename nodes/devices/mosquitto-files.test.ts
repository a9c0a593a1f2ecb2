import { describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from './device.fixture.ts'
import { type Device, type DeviceRecord } from './device.ts'
import { mosquittoFiles } from './mosquitto-files.ts'

const credential = { salt: 's', hash: 'h', mosquitto: '$7$101$salt$hash' }
const record = (changes: Partial<Device> = {}, deviceClass = aClass()): DeviceRecord =>
  aRecord(deviceClass, aDevice({ credential, ...changes }))

describe('the files for Mosquitto', () => {
  test('have a line for each password, and the exact topics of each device', () => {
    expect(mosquittoFiles([record()], [aClass()], undefined)).toEqual({
      passwords: 'd1:$7$101$salt$hash\n',
      acl: [
        'user d1',
        'topic write org/acme/device/d1/telemetry',
        'topic write org/acme/device/d1/lifecycle',
        'topic write org/acme/device/d1/events',
        'topic write org/acme/device/d1/cmdres',
        'topic read org/acme/device/d1/command',
        '',
      ].join('\n'),
      devices: 1,
      leftOut: [],
    })
  })

  test('let the platform hear what every class publishes, and publish their commands', () => {
    const mast = aClass({ topics: { telemetry: 'masts/{device}' } })
    const { acl, passwords } = mosquittoFiles([], [aClass(), mast, aClass()], {
      username: 'fleetloom',
      mosquittoHash: '$7$1$a$b',
    })
    expect(passwords).toBe('fleetloom:$7$1$a$b\n')
    expect(acl.trim().split('\n')).toEqual([
      'user fleetloom',
      'topic write org/+/device/+/command',
      'topic read org/+/device/+/telemetry',
      'topic read org/+/device/+/lifecycle',
      'topic read org/+/device/+/events',
      'topic read org/+/device/+/cmdres',
      'topic read masts/+',
    ])
  })

  test('leave out disabled devices without a word, and others with the reason', () => {
    const sly = aClass({ topics: { telemetry: 'x\nuser d2\ntopic y/{device}' } })
    const { acl, devices, leftOut, passwords } = mosquittoFiles(
      [
        record({ id: 'off', isEnabled: false }),
        record({ id: 'old', credential: { salt: 's', hash: 'h' } }),
        record({ id: 'a:b' }),
        record({ id: 'sly' }, sly),
      ],
      [sly],
      undefined,
    )
    expect({ acl, devices, passwords }).toEqual({ acl: '', devices: 0, passwords: '' })
    expect(leftOut).toEqual([
      { deviceId: 'old', reason: 'its password is older than these files: give it a new one' },
      { deviceId: 'a:b', reason: 'the password file takes no user name with a colon' },
      {
        deviceId: 'sly',
        reason: 'its topic "x\\nuser d2\\ntopic y/sly" does not fit on a line of the ACL file',
      },
    ])
  })

  test('give the platform no rule that a class’s topic would break out of', () => {
    const sly = aClass({ topics: { telemetry: 'x\ntopic y/{device}', command: 'y\ntopic x/{device}' } })
    const account = { username: 'fleetloom', mosquittoHash: '$7$1$a$b' }
    expect(mosquittoFiles([], [sly], account).acl).toBe('user fleetloom\n')
  })

  test('do not let a device be the platform, whose password would be the last in the file', () => {
    const account = { username: 'bridge', mosquittoHash: '$7$1$a$b' }
    const { leftOut, passwords } = mosquittoFiles([record({ id: 'bridge' })], [aClass()], account)
    expect(passwords).toBe('bridge:$7$1$a$b\n')
    expect(leftOut).toEqual([{ deviceId: 'bridge', reason: 'its id is the platform’s own user name' }])
  })
})
