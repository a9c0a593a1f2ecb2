import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Devices } from '../nodes/devices/devices.ts'
import { domain as billingDomain } from '../nodes/billing/domain.ts'
import { domain as accessDomain } from '../nodes/access/domain.ts'
import { domain as bookingDomain } from '../nodes/booking/domain.ts'
import { domain as devicesDomain } from '../nodes/devices/domain.ts'
import { domain as identityDomain, type Identity } from '../nodes/identity/domain.ts'
import { Domains } from '../nodes/platform/kit/domain/domains.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Platform } from '../nodes/platform/platform.ts'
import { nodeSecrets } from '../nodes/platform/secrets.ts'
import { createAuth } from '../nodes/identity/sign-in/create-auth.ts'
import { editorAuth } from '../editor/auth/editor-auth.ts'
import { ensureFirstAdmin } from '../nodes/identity/sign-in/first-admin.ts'
import { requireSession } from '../nodes/identity/sign-in/require-session.ts'
import { requireSocketSession } from '../nodes/identity/sign-in/require-socket-session.ts'
import { readCredentialSecret, readJwtSecret } from '../nodes/identity/sign-in/secrets.ts'
import { endRevokedConnections, tellConnections } from '../nodes/devices/gate/connections.ts'
import { openFoundation } from './compose.ts'
import { loadCollections } from '../nodes/platform/kit/domain/load-collections.ts'
import { loadDomains } from '../nodes/platform/kit/domain/load-domains.ts'
import { startDemo } from '../demo/start-demo.ts'
import { startDemoPayments } from '../demo/payments.ts'
import { openCodeKey } from './open-code-key.ts'
import { packageVersion } from './package-version.ts'
import { givenToDomains } from './given.ts'
import type { Settings } from './env.ts'
import { createFlowStorage } from '../editor/flow-storage/storage.ts'
import { shareFlows } from '../editor/flow-sharing.ts'
import { addressOfClients, createApp, lastResort } from '../server/app.ts'
import { createHttpServer, portOf } from '../server/http-server.ts'
import { SocketLive } from '../engines/live/socket-live.ts'
import { type EmbeddedNodeRed, embedNodeRed, excludedTypes } from '../editor/node-red.ts'
import { LateBroker } from '../nodes/platform/broker/late-broker.ts'
import { noBroker } from '../nodes/platform/broker/no-broker.ts'
import { followSecrets } from './follow-secrets.ts'
import { followTls } from '../server/tls/follow-tls.ts'
import { openGate } from './open-gate.ts'
import { forDevices, openBroker } from './open-broker.ts'
import { mountPages } from './mount-pages.ts'
import { loadOperations, streamedBy } from '../nodes/platform/kit/endpoints/load-operations.ts'
import { secretsOfSignIn } from './secrets-of-sign-in.ts'
import { frontDoor } from '../server/pages/front-door.ts'
import { readTls } from '../server/tls/read-tls.ts'
import { backRoom } from '../editor/sockets/dashboard-door.ts'
import { guardFrames } from '../editor/sockets/guard-frames.ts'
import { openDoors } from '../editor/sockets/open-doors.ts'
import { watchOffences } from '../server/watch-offences.ts'
import { watchTroubles } from '../nodes/platform/troubles.ts'
import { welcome } from './welcome.ts'

const projectDir = path.join(import.meta.dirname, '..')
const nodesDir = path.join(projectDir, 'nodes')
const nodeTypesSchema = z.record(z.string(), z.unknown())
/** What a page of the dashboard sends is a click or a form. */
const maxDashboardFrameBytes = 100_000
/** What a stop may take in all before it gives up waiting. */
const stopTimeoutMs = 9000

export interface RunningPlatform {
  readonly port: number
  stop(): Promise<void>
}

/** Brings up in order what the roles need: engines, HTTP, Node-RED with its flows, broker; and says where it is. */
export async function startPlatform(settings: Settings, log: Logger): Promise<RunningPlatform> {
  const [isIngesting, isServing] = [settings.ROLES.includes('ingest'), settings.ROLES.includes('serve')]
  const isProcessing = settings.ROLES.includes('process')
  const tls = await readTls(settings)
  const isSecure = tls !== undefined || settings.PUBLIC_URL?.startsWith('https:') === true
  const domains = new Domains()
  // What stands before the domains asks for these only when somebody comes.
  const devices = (): Devices => domains.service(devicesDomain)
  const identity = (): Identity => domains.service(identityDomain)
  const foundation = await openFoundation(settings, log, () => devices().directory)
  const { bus, metrics, redis, series, store, stream } = foundation
  const credentialSecret = await readCredentialSecret({
    dataDir: settings.DATA_DIR,
    configured: settings.CREDENTIAL_SECRET,
  })
  const secrets = followSecrets(settings, process.env, log.child({ part: 'secrets' }))
  const jwtSecret = await readJwtSecret({ dataDir: settings.DATA_DIR, configured: settings.JWT_SECRET })
  const auth = createAuth({
    store,
    jwtSecret,
    clock: systemClock,
    credentialSecret,
    verifyDevice: (deviceId, password) => devices().access.ownerOf(deviceId, password),
    ...secretsOfSignIn(settings, secrets),
    isSecure,
    logger: log.child({ part: 'auth' }),
    bus,
    every(ms, task) {
      const timer = setInterval(task, ms).unref()
      return () => clearInterval(timer)
    },
    ...(settings.PUBLIC_URL === undefined ? {} : { publicUrl: settings.PUBLIC_URL }),
  })
  const admin = isServing
    ? await ensureFirstAdmin(store, { email: settings.ADMIN_EMAIL, password: settings.ADMIN_PASSWORD })
    : undefined
  if (admin?.weakness !== undefined) log.warn({}, `ADMIN_PASSWORD ${admin.weakness}`)

  let isAccepting = false
  let flows: Pick<EmbeddedNodeRed, 'trouble'> | undefined
  const broker = new LateBroker()
  const doings = { flows: () => flows?.trouble(), isAccepting: () => isAccepting }
  // Who only publishes can do without the broker for a while.
  const brokerTrouble = (): Error | undefined => (isIngesting ? broker.trouble : undefined)
  const monotonicMs = (): number => systemClock.monotonicMs()
  const engines = { store, stream, series, bus, broker: brokerTrouble }
  const troubles = watchTroubles({ ...engines, ...doings, monotonicMs })
  const offences = watchOffences(settings.BROKEN_CONNECTIONS_PER_SECOND, metrics, log)
  const operations = await loadOperations(nodesDir)
  const toEveryRequest = { log, metrics, troubles, isSecure, isStreamed: streamedBy(operations) }
  const allowedOrigins = settings.CORS_ORIGINS
  const app = createApp({ ...toEveryRequest, allowedOrigins, trustedProxies: settings.TRUST_PROXY })
  const addressOf = addressOfClients(app)
  const server = createHttpServer(app, tls, offences.ofRequests)
  const sharedLive =
    redis === undefined ? undefined : (await import('../engines/live/live-sharing.ts')).shareLive(bus, redis)
  const live = new SocketLive({
    server: isServing ? server : undefined,
    sharing: sharedLive,
    allowedOrigins,
    auth: auth.authenticator,
    admissions: auth.admissions,
    addressOf,
    offences: offences.ofSockets,
    registry: () => devices().directory,
    mayName: (principal, orgId) => identity().mayName(principal, orgId),
  })
  sharedLive?.begin(live)
  const nodeTypes = nodeTypesSchema.parse(await readJson(path.join(nodesDir, 'dist/node-types.json')))

  const platform: Platform = {
    ...foundation,
    info: {
      version: await packageVersion(),
      publicUrl:
        settings.PUBLIC_URL ?? `${tls === undefined ? 'http' : 'https'}://${settings.HOST}:${settings.PORT}`,
    },
    clock: systemClock,
    log,
    secrets: nodeSecrets,
    live,
    nodeTypes: new Set(Object.keys(nodeTypes)),
    broker,
  }
  const payments = await startDemoPayments(settings)
  const given = await givenToDomains({
    settings: { ...settings, ...payments?.settings },
    secrets,
    publicUrl: platform.info.publicUrl,
    auth,
    credentialSecret,
    codes: await openCodeKey(settings, store, { jwtSecret, credentialSecret }),
    operations,
    isConnected: (deviceId) => registry.isConnected(deviceId),
  })
  await domains.start(await loadDomains(nodesDir), platform, given)
  const { directory } = devices()
  const { gate, intake, registry } = openGate(domains, log)
  for (const figure of domains.figures()) metrics.figure(figure)
  const storage = createFlowStorage({
    credentialSecret,
    flowsDir: settings.FLOWS_DIR,
    userDir: path.join(settings.DATA_DIR, 'node-red'),
    roles: new Set<string>(settings.ROLES),
    refusedTypes: excludedTypes,
    logger: log.child({ part: 'flows' }),
    onSaved: (digest) => sharedFlows.announce(digest),
  })
  const behind = backRoom(auth.sessions, offences.ofSockets, addressOf)
  const nodeRed = await embedNodeRed({
    server: behind.server,
    platform: { ...platform, domains },
    log,
    dataDir: settings.DATA_DIR,
    nodesDir,
    storage,
    credentialSecret,
    adminAuth: editorAuth(auth.authenticator),
    dashboard: {
      middleware: requireSession(auth.sessions),
      ioMiddleware: [
        requireSocketSession(auth.sessions, auth.admissions),
        guardFrames(log.child({ part: 'dashboard' })),
      ],
      maxHttpBufferSize: maxDashboardFrameBytes,
    },
  })
  const sharedFlows = shareFlows({ bus, storage, nodeRed, log: log.child({ part: 'flows' }) })
  flows = nodeRed
  const upgrades = openDoors({
    server,
    auth,
    behind,
    comms: nodeRed.comms,
    log,
    isServing,
    addressOf,
    offences: offences.ofSockets,
  })
  const areFlowsRunning = (): boolean => foundation.deliveries.areFlowsRunning
  const [nothingThere, failed] = lastResort(log, areFlowsRunning)
  if (isServing) mountPages(app, auth, nodeRed, behind)
  else app.use(['/editor', '/dashboard'], nothingThere)
  app.use('/', nodeRed.node)
  if (isServing) app.get('/', frontDoor(areFlowsRunning))
  app.use(nothingThere, failed)

  server.listen(settings.PORT, settings.HOST)
  await once(server, 'listening')
  await nodeRed.start()
  const { broker: openedBroker, embedded } =
    isIngesting || settings.MQTT_URL !== undefined
      ? await openBroker({
          settings,
          gate,
          directory,
          log,
          tls,
          addressOf,
          offences: offences.ofSockets,
        })
      : { broker: noBroker, embedded: undefined }
  broker.opened(openedBroker)
  if (embedded !== undefined) {
    upgrades.open('/mqtt', (request, socket, head) => embedded.handleUpgrade(request, socket, head))
    metrics.gauge(
      'fleetloom_mqtt_connections',
      'Devices connected by MQTT',
      () => openedBroker.statistics().connections,
    )
  }
  const stopConnections = [
    () => secrets.stop(),
    followTls({
      settings,
      server,
      log: log.child({ part: 'tls' }),
      renewed: (files) => embedded?.renewCertificate(forDevices(files)),
    }),
    endRevokedConnections(directory, openedBroker, log),
    tellConnections(registry, foundation.pulse, systemClock),
  ]
  if (isProcessing) {
    foundation.audit.relay.start(await loadCollections(nodesDir))
    foundation.retention.start()
    await domains.startWork(platform, [foundation.retention.duty])
  }
  isAccepting = true
  const port = portOf(server)
  // A broker of one's own has rules of its own about who is let in: the demo fleet needs the one in the process.
  const demo =
    settings.DEMO && embedded !== undefined && isServing
      ? await startDemo({
          settings,
          devices: devices(),
          identity: identity(),
          pods: {
            access: domains.service(accessDomain),
            booking: domains.service(bookingDomain),
            billing: domains.service(billingDomain),
            newId: () => nodeSecrets.newId(),
          },
          mqttPort: embedded.port,
          log,
        })
      : undefined
  welcome({ settings, admin, port, mqttPort: embedded?.port, demo })

  return {
    port,
    async stop() {
      isAccepting = false
      const giveUp = setTimeout(() => {
        log.error({ stopTimeoutMs }, 'the stop took too long; nothing acknowledged is lost, it is on disk')
        process.exit(1)
      }, stopTimeoutMs).unref()
      sharedFlows.stop()
      auth.admissions.stop()
      for (const stop of stopConnections) stop()
      // What is in hand is given back, for the next start or another instance.
      const jobsStopped = foundation.jobs.stop()
      await demo?.stop()
      await payments?.[Symbol.asyncDispose]()
      // First nothing new comes in, then what is in the flow gets through it, then the engines close.
      server.close()
      intake.letGo()
      await openedBroker.close()
      await live.close()
      await domains.settle()
      await nodeRed.stop()
      sharedLive?.stop()
      server.closeAllConnections()
      await jobsStopped
      await domains.stop()
      await foundation.close()
      clearTimeout(giveUp)
    },
  }
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}
