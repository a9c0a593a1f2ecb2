import { answerTo } from './answer.ts'
import { newcomerSchema, type Provisioning } from './provisioning.ts'
import { provisioningUser } from '../devices/broker-access.ts'
import type { Devices } from '../devices/devices.ts'
import { utf8Text } from '../platform/kit/bytes.ts'
import { isShallowJson } from '../platform/kit/json-depth.ts'
import { type Problem, problem, problemOfIssues } from '../platform/kit/endpoints/problem.ts'
import { problemOfFailure } from '../platform/kit/endpoints/run-operation.ts'
import type { BrokerGate, BrokerPrincipal, ConnectDecision, ConnectRequest } from '../platform/broker/port.ts'
import type { Logger } from '../platform/logger.ts'

const requestTopic = 'provision/request'
const responseTopic = 'provision/response'

/** A connection that proved itself with a provisioning key: it can ask to be registered, and nothing else. */
class Newcomer {
  readonly kind = 'service'
  /** Each its own, so that none takes another's place by its client id. */
  readonly name: string
  readonly isPassing = true
  readonly secret: string
  readonly address: string

  constructor(id: string, secret: string, address: string) {
    this.name = `${provisioningUser}/${id}`
    this.secret = secret
    this.address = address
  }
}

export interface ProvisioningGateParts {
  /** Of everybody else. */
  readonly gate: BrokerGate
  readonly provisioning: Pick<Provisioning, 'isKey' | 'provision'>
  readonly devices: Pick<Devices, 'states'>
  readonly log: Pick<Logger, 'error'>
  readonly newId: () => string
}

/** The broker's rules with first contact among them: user name `provision`, a key's secret for a password. */
export function withProvisioning(parts: ProvisioningGateParts): BrokerGate {
  const { gate } = parts
  return {
    connect: (request) =>
      request.username === provisioningUser ? admitted(parts, request) : gate.connect(request),
    publish(principal, topic, payloadBytes, retain) {
      if (!(principal instanceof Newcomer)) return gate.publish(principal, topic, payloadBytes, retain)
      return topic === requestTopic
        ? {
            kind: 'asked',
            answer: async (payload) => ({
              topic: responseTopic,
              payload: await answerOf(parts, principal, payload),
            }),
          }
        : { kind: 'refused', reason: `only ${requestTopic} is for first contact` }
    },
    maySubscribe: (principal, pattern) =>
      principal instanceof Newcomer ? pattern === responseTopic : gate.maySubscribe(principal, pattern),
    mayReceive: (principal, topic) =>
      principal instanceof Newcomer ? topic === responseTopic : gate.mayReceive(principal, topic),
    uplink: (publish, done) => gate.uplink(publish, done),
    uplinkAgain: (principal, topic, payload, done) =>
      !(principal instanceof Newcomer) && gate.uplinkAgain(principal, topic, payload, done),
    publisherOf: (topic) => gate.publisherOf(topic),
    recall: (stored) => (isPassing(stored) ? undefined : gate.recall(stored)),
    connected: (principal) => gate.connected(principal),
    disconnected: (principal, clean) => gate.disconnected(principal, clean),
    refused: (event, done) => gate.refused(event, done),
  }
}

const isPassing = (stored: { readonly kind: string; readonly name?: string }): boolean =>
  stored.kind === 'service' && stored.name?.startsWith(`${provisioningUser}/`) === true

async function admitted(
  { newId, provisioning }: ProvisioningGateParts,
  { address, password }: ConnectRequest,
): Promise<ConnectDecision> {
  const secret = password === undefined ? undefined : utf8Text(password)
  if (secret === undefined || !(await provisioning.isKey(secret)))
    return { kind: 'refused', code: 4, reason: 'the provisioning key is wrong, expired or revoked' }
  const principal: BrokerPrincipal = new Newcomer(newId(), secret, address)
  return { kind: 'accepted', principal }
}

async function answerOf(
  { devices, log, newId, provisioning }: ProvisioningGateParts,
  { address, secret }: Newcomer,
  payload: Uint8Array,
): Promise<string> {
  const requestId = newId()
  const refused = (why: Problem): string => JSON.stringify({ ...why, requestId })
  const parsed = newcomerSchema.safeParse(jsonOf(payload))
  if (!parsed.success) return refused(problemOfIssues('body', parsed.error.issues))
  try {
    const provisioned = await provisioning.provision(secret, parsed.data, { address, requestId })
    const outcome = await answerTo(provisioned, parsed.data, devices)
    if (outcome.kind === 'problem') return refused(outcome.problem)
    return JSON.stringify(outcome.kind === 'reply' ? outcome.body : {})
  } catch (error) {
    const expected = problemOfFailure(error)
    if (expected?.kind === 'problem') return refused(expected.problem)
    log.error({ err: error, requestId }, 'a device could not be registered')
    return refused(problem(500))
  }
}

/** Undefined, which no schema takes, for what is none. */
function jsonOf(payload: Uint8Array): unknown {
  const text = utf8Text(payload)
  if (text === undefined || !isShallowJson(text, 4)) return undefined
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
