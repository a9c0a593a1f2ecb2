import { between, type Random } from '../random.ts'
import type { Range } from './model.ts'

/** How a quantity wanders: it settles towards a target and is pushed about by at most `noise` in two minutes. */
export interface Sensor extends Range {
  readonly typical: number
  readonly noise: number
  /** Time constant of the approach to the target, in milliseconds. */
  readonly settleMs: number
  readonly decimals: number
}

const NOISE_PERIOD_MS = 120_000

/**
 * A bounded, mean-reverting random walk (Ornstein-Uhlenbeck, with uniform noise). Scaled by the time that has passed,
 * so that a device reporting every second drifts as gradually as one reporting every two minutes.
 */
export function drift(
  value: number,
  sensor: Sensor,
  target: number,
  elapsedMs: number,
  random: Random,
): number {
  const elapsed = Math.max(0, elapsedMs)
  const approach = 1 - Math.exp(-elapsed / sensor.settleMs)
  const push = sensor.noise * Math.sqrt(Math.min(1, elapsed / NOISE_PERIOD_MS))
  return clamp(value + (target - value) * approach + between(-push, push, random), sensor)
}

/** A plausible first value, within a tenth of the range around the typical one. */
export function initial(sensor: Sensor, random: Random): number {
  const spread = (sensor.max - sensor.min) / 10
  return clamp(sensor.typical + between(-spread, spread, random), sensor)
}

export function reported(value: number, sensor: Sensor): number {
  return Number(value.toFixed(sensor.decimals))
}

function clamp(value: number, { min, max }: Range): number {
  return Math.min(max, Math.max(min, value))
}
