import type { Role } from '../editor/flow-storage/roles.ts'
import { expect, test } from 'vitest'
import { mistakesOfSharing, type SharingSettings } from './sharing-rules.ts'

const namesOf = (settings: SharingSettings): readonly string[] =>
  mistakesOfSharing(settings).map((mistake) => mistake.split(':')[0] ?? '')
const all = ['ingest', 'process', 'serve'] as const
const engines = { REDIS_URL: 'redis://r', MONGO_URL: 'mongodb://m' }

test('a process with all roles needs nothing, and may have either engine for itself', () => {
  expect(namesOf({ ROLES: all })).toEqual([])
  expect(namesOf({ ROLES: all, REDIS_URL: 'redis://r' })).toEqual([])
  expect(namesOf({ ROLES: all, MONGO_URL: 'mongodb://m' })).toEqual([])
  expect(namesOf({ ROLES: all, MQTT_URL: 'mqtt://b' })).toEqual([])
})

test.each([[['ingest']], [['process']], [['serve']], [['ingest', 'process']]] as const)(
  'with only %j it needs stream and store to share',
  (ROLES) => {
    expect(namesOf({ ROLES })).toEqual(['REDIS_URL', 'MONGO_URL'])
    expect(namesOf({ ROLES, REDIS_URL: 'redis://r' })).toEqual(['MONGO_URL'])
    expect(namesOf({ ROLES, ...engines, JWT_SECRET: 'x', CREDENTIAL_SECRET: 'y' })).toEqual([])
  },
)

test.each<readonly [readonly Role[]]>([[all], [['serve']], [['ingest', 'process']]])(
  'whoever shares engines needs the secrets of all: %j',
  (ROLES) => {
    expect(namesOf({ ROLES, ...engines })).toEqual(['JWT_SECRET', 'CREDENTIAL_SECRET'])
    expect(namesOf({ ROLES, ...engines, JWT_SECRET: 'x' })).toEqual(['CREDENTIAL_SECRET'])
  },
)

test('the roles that are missing are named', () => {
  expect(mistakesOfSharing({ ROLES: ['serve'] })[0]).toContain('without the role ingest and process')
})
