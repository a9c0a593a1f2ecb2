import type { BrokerGate } from '../../nodes/platform/broker/port.ts'

/**
 * The gate as the hooks use it: an exception in a hook of aedes would end the process, so a gate that throws is logged
 * and taken as a refusal.
 */
export function safeGate(gate: BrokerGate, onThrown: (what: string, error: unknown) => void): BrokerGate {
  const tell = (what: string, say: () => void): void => {
    try {
      say()
    } catch (error) {
      onThrown(what, error)
    }
  }
  return {
    async connect(request) {
      return gate.connect(request)
    },
    publish(principal, topic, payloadBytes, retain) {
      try {
        return gate.publish(principal, topic, payloadBytes, retain)
      } catch (error) {
        onThrown('publish', error)
        return { kind: 'refused', reason: 'the gate failed' }
      }
    },
    maySubscribe(principal, pattern) {
      try {
        return gate.maySubscribe(principal, pattern)
      } catch (error) {
        onThrown('maySubscribe', error)
        return false
      }
    },
    mayReceive(principal, topic) {
      try {
        return gate.mayReceive(principal, topic)
      } catch (error) {
        onThrown('mayReceive', error)
        return false
      }
    },
    uplink(publish, done) {
      try {
        gate.uplink(publish, done)
      } catch (error) {
        onThrown('uplink', error)
        done(new Error('the gate failed'))
      }
    },
    uplinkAgain(principal, topic, payload, done) {
      try {
        return gate.uplinkAgain(principal, topic, payload, done)
      } catch (error) {
        onThrown('uplinkAgain', error)
        done(new Error('the gate failed'))
        return true
      }
    },
    connected: (principal) => tell('connected', () => gate.connected(principal)),
    disconnected: (principal, clean) => tell('disconnected', () => gate.disconnected(principal, clean)),
    publisherOf(topic) {
      try {
        return gate.publisherOf(topic)
      } catch (error) {
        onThrown('publisherOf', error)
        return undefined
      }
    },
    recall(stored) {
      try {
        return gate.recall(stored)
      } catch (error) {
        onThrown('recall', error)
        return undefined
      }
    },
    refused: (event, done) => tell('refused', () => gate.refused(event, done)),
  }
}
