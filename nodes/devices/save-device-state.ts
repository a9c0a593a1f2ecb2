import type { Collection, Stored } from '../platform/store/port.ts'
import type { DeviceReport } from './device-report.ts'
import { type DeviceState, evolveDeviceState } from './state.ts'

/** Conflicts are rare and end: whoever loses one has folded what the other has. */
const maxConflicts = 20

/**
 * Replaces the document of a device's state by compare-and-set; where another instance was faster, folds the report
 * anew on what that has left. Returns what is stored now.
 * @param version of the document that `state` goes back to; 0 when there was none
 * @param report what brought that document to `state`
 */
export async function saveDeviceState(
  states: Collection<DeviceState>,
  state: DeviceState,
  version: number,
  report: DeviceReport,
  nowMs: number,
): Promise<Stored<DeviceState>> {
  let wanted = state
  let expected = version
  for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
    if (expected === 0) {
      const outcome = await states.insert(wanted)
      if (outcome.kind === 'inserted') return outcome.stored
      const current = await states.get(state.id)
      if (current === undefined) continue
      wanted = evolveDeviceState(current.document, report, nowMs)
      expected = current.version
    } else {
      const outcome = await states.replace(wanted, expected)
      if (outcome.kind === 'replaced') return outcome.stored
      if (outcome.kind === 'duplicate') throw new Error(`state of ${state.id}: ${outcome.key} is taken`)
      if (outcome.kind === 'missing') expected = 0
      else {
        wanted = evolveDeviceState(outcome.current.document, report, nowMs)
        expected = outcome.current.version
      }
    }
  }
  throw new Error(`state of ${state.id}: changed by others again and again`)
}
