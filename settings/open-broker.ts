import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import type { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { filterOf, publishTemplates } from '../nodes/devices/topics.ts'
import { openAedesBroker } from '../engines/broker/aedes.ts'
import type { TopicSource } from '../engines/broker/external/subscriptions.ts'
import type { Broker, BrokerGate } from '../nodes/platform/broker/port.ts'
import type { Allowances } from '../nodes/platform/allowances.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { AddressOf } from '../nodes/platform/client-address.ts'
import type { TlsFiles } from '../server/tls/read-tls.ts'
import type { Settings } from './env.ts'

export interface BrokerParts {
  readonly settings: Settings
  readonly gate: BrokerGate
  readonly directory: StoreDeviceDirectory
  readonly log: Logger
  readonly tls: TlsFiles | undefined
  /** Of those who come over WebSocket. */
  readonly addressOf: AddressOf
  readonly offences: Allowances
}

export interface OpenedBroker {
  readonly broker: Broker
  /** What listens in this process; undefined where the broker is somebody else's. */
  readonly embedded:
    | {
        readonly port: number
        handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
        renewCertificate(options: SecureContextOptions): void
      }
    | undefined
}

/** The platform's own user at the broker, for one that asks us about everybody. */
export const accountOf = ({
  MQTT_PASSWORD: password,
  MQTT_USERNAME: username,
}: Settings): { readonly username: string; readonly password: string } | undefined =>
  username === undefined || password === undefined ? undefined : { username, password }

/** The broker of the settings: the one at `MQTT_URL`, or one in this process. */
export async function openBroker(parts: BrokerParts): Promise<OpenedBroker> {
  const { gate, settings, tls } = parts
  const logger = parts.log.child({ part: 'broker' })
  if (settings.MQTT_URL !== undefined)
    return { broker: await openExternal({ ...parts, log: logger }, settings.MQTT_URL), embedded: undefined }
  const broker = await openAedesBroker({
    gate,
    host: settings.HOST,
    port: settings.MQTT_PORT,
    dataFile: path.join(settings.DATA_DIR, 'broker', 'broker.db'),
    logger,
    addressOf: parts.addressOf,
    offences: parts.offences,
    ...(settings.BROKEN_CONNECTIONS_PER_SECOND === 0 ? { connectsOfDevice: { perSecond: Infinity } } : {}),
    maxPayloadBytes: settings.MQTT_MAX_PAYLOAD_BYTES,
    ...(tls === undefined ? {} : { tls: { ...forDevices(tls), port: settings.MQTTS_PORT } }),
  })
  return { broker, embedded: broker }
}

/**
 * A certificate is asked for where there is somebody to stand for it. Who shows none, or one that nobody stands for, may still
 * have a password.
 */
export const forDevices = ({ cert, clientCa, key }: TlsFiles): TlsOptions => ({
  cert,
  key,
  ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
})

async function openExternal({ directory, gate, log, settings }: BrokerParts, url: string): Promise<Broker> {
  const isIngesting = settings.ROLES.includes('ingest')
  const [ca, cert, key] = await Promise.all([
    readOptional(settings.MQTT_CA),
    readOptional(settings.MQTT_CERT),
    readOptional(settings.MQTT_KEY),
  ])
  const { openExternalBroker } = await import('../engines/broker/mqtt.ts')
  const broker = await openExternalBroker({
    url,
    username: settings.MQTT_USERNAME,
    password: settings.MQTT_PASSWORD,
    clientId: settings.MQTT_CLIENT_ID ?? defaultClientId(settings.ROLES),
    tls: { ca, cert, key },
    gate,
    topics: isIngesting ? topicsOf(directory) : undefined,
    isShared: settings.MQTT_SHARED,
    logger: log,
  })
  // So that a class is heard from the moment on at which its creation is confirmed.
  if (isIngesting) directory.onClassesChange(() => broker.refresh())
  return broker
}

const topicsOf = (directory: StoreDeviceDirectory): TopicSource => ({
  get revision() {
    return directory.revision
  },
  filters: () => publishTemplates(directory.allClasses()).map(filterOf),
})

/** Processes of one host with different roles do not take each other's session. */
const defaultClientId = (roles: readonly string[]): string =>
  `fleetloom-${hostname()}-${roles.map((role) => role.charAt(0)).join('')}`

const readOptional = async (file: string | undefined): Promise<Buffer | undefined> =>
  file === undefined ? undefined : readFile(file)
