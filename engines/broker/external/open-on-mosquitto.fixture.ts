import { silentLogger } from '../../../nodes/platform/logger.ts'
import type { FixtureGate } from '../../../nodes/platform/broker/gate.fixture.ts'
import { type ExternalBroker, type ExternalBrokerOptions, openExternalBroker } from '../mqtt.ts'
import { Mosquitto, type MosquittoFiles, passwordLine } from './mosquitto.fixture.ts'

/** The fleet of {@link FixtureGate}: its devices, an observer and the platform itself. */
export const fleetAccess: NonNullable<MosquittoFiles['access']> = {
  passwords: ['acme/pod', 'acme/other', 'service/observer', 'fleetloom'].map((user) =>
    passwordLine(user, 'secret'),
  ),
  acl: [
    'user acme/pod',
    'topic readwrite org/acme/device/pod/#',
    'user acme/other',
    'topic readwrite org/acme/device/other/#',
    'user service/observer',
    'topic readwrite #',
    'user fleetloom',
    'topic readwrite #',
    '',
  ].join('\n'),
}

export const fleetTopics = {
  revision: 1,
  filters: () => ['telemetry', 'lifecycle', 'state'].map((channel) => `org/+/device/+/${channel}`),
}

export const startFleetMosquitto = (extra = ''): Promise<Mosquitto> =>
  Mosquitto.start({ access: fleetAccess, extra })

export const openOnMosquitto = (
  mosquitto: Mosquitto,
  gate: FixtureGate,
  options: Partial<ExternalBrokerOptions> = {},
): Promise<ExternalBroker> =>
  openExternalBroker({
    url: mosquitto.url,
    username: 'fleetloom',
    password: 'secret',
    clientId: 'fleetloom-test',
    gate,
    topics: fleetTopics,
    logger: silentLogger,
    ...options,
  })
