import type { Random } from '../random.ts'

export interface Identity {
  readonly deviceId: string
  readonly orgId: string
}

export type Channel = 'telemetry' | 'lifecycle' | 'event' | 'ack'

export type DeviceInput =
  | { readonly kind: 'connected' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'report' }
  /** A moment that the device asked for with a `wake` output. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'command'; readonly payload: string }
  | PersonInput

/** What a person does at the device. */
export type PersonInput = { readonly kind: 'keypad'; readonly code: string } | { readonly kind: 'leave' }

export interface Body {
  readonly ts?: string
  readonly [field: string]: unknown
}

export type DeviceOutput =
  | { readonly kind: 'publish'; readonly channel: Channel; readonly body: Body }
  | { readonly kind: 'wake'; readonly atMs: number }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  /** A command without a usable commandId: there is nothing to answer to. */
  | { readonly kind: 'ignored'; readonly reason: string }

export interface Topics {
  readonly telemetry: string
  readonly command: string
  readonly ack: string
  readonly event?: string
  readonly lifecycle?: string
}

export interface Range {
  readonly min: number
  readonly max: number
}

export type Step<S> = readonly [state: S, outputs: readonly DeviceOutput[]]

/** A device class as its devices in the field behave. `step` is pure: the time and the dice are passed in. */
export interface DeviceModel<S> {
  readonly classKey: string
  readonly intervalMs: number
  readonly jitterMs: number
  /** Readings taken while offline carry their own time and are delivered late; otherwise they are not taken. */
  readonly keepsReadings: boolean
  readonly hasKeypad: boolean
  /** Of every reported number, by port or field. */
  readonly ranges: Readonly<Record<string, Range>>
  /** Ports to register with the device, when the class does not fix them. */
  readonly ports?: readonly number[]
  topics(identity: Identity): Topics
  create(identity: Identity, random: Random): S
  step(state: S, input: DeviceInput, nowMs: number, random: Random): Step<S>
}

export function isoTime(nowMs: number): string {
  return new Date(nowMs).toISOString()
}

export function publish(channel: Channel, body: Body): DeviceOutput {
  return { kind: 'publish', channel, body }
}
