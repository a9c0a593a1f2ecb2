import { describe, expect, it } from 'vitest'
import { command, given, START_MS } from './given.fixture.ts'
import { DOORWAY_MS, hashCode } from './pod-door.ts'
import { sleepPod } from './sleep-pod.ts'

const HOUR_MS = 3_600_000
const at = (afterMs: number): string => new Date(START_MS + afterMs).toISOString()

function provision(epoch: number) {
  const code = { hash: hashCode('k1', '123456'), from: at(0), until: at(HOUR_MS), bookingId: 'b-1' }
  return command('provisionCodes', { epoch, key: 'k1', codes: [code] }, `provision-${epoch}`)
}

describe('a sleep pod', () => {
  it('speaks on the topics of the field', () => {
    expect(given(sleepPod).topics).toEqual({
      telemetry: 'cochilo/cabine/dev-1/telemetry',
      command: 'cochilo/cabine/dev-1/commands',
      ack: 'cochilo/cabine/dev-1/acks',
      event: 'cochilo/cabine/dev-1/events',
    })
  })

  it('leaves a typed code to the platform when it was given none', () => {
    const pod = given(sleepPod)
    pod.when({ kind: 'keypad', code: '424242' })
    expect(pod.published('event')).toEqual([
      { event: 'CODE_ENTERED', ts: at(0), code: '424242', eventId: `dev-1-${START_MS}-1` },
    ])
  })

  it('goes from the open door through the session to the shut door', () => {
    const pod = given(sleepPod)
    const until = at(HOUR_MS)
    const opening = pod.when(command('openDoor', { bookingId: 'b-1', until }))
    expect(pod.published('event')).toEqual([
      expect.objectContaining({ event: 'OPEN_DOOR', bookingId: 'b-1' }),
    ])
    expect(opening.at(-1)).toEqual({ kind: 'wake', atMs: START_MS + DOORWAY_MS })

    const entering = pod.when({ kind: 'wake' }, DOORWAY_MS)
    expect(pod.published('event')).toEqual([
      expect.objectContaining({ event: 'SESSION_START', bookingId: 'b-1' }),
    ])
    const goesMs = HOUR_MS - 60_000
    expect(entering.at(-1)).toEqual({ kind: 'wake', atMs: START_MS + goesMs })

    pod.when({ kind: 'report' }, DOORWAY_MS + 1)
    expect(pod.published('telemetry')).toEqual([expect.objectContaining({ occupied: true, doorOpen: false })])

    pod.when({ kind: 'wake' }, goesMs)
    expect(pod.published('event')).toEqual([expect.objectContaining({ event: 'SESSION_END' })])
    pod.when({ kind: 'wake' }, goesMs + DOORWAY_MS)
    expect(pod.published('event')).toEqual([
      expect.objectContaining({
        event: 'CLOSE_DOOR',
        bookingId: 'b-1',
        eventId: expect.stringMatching(/-4$/),
      }),
    ])
  })

  it('is not moved on by a wake-up that comes too early', () => {
    const pod = given(sleepPod)
    pod.when(command('openDoor'))
    expect(pod.when({ kind: 'wake' }, DOORWAY_MS - 1)).toEqual([])
  })

  it('ends the session when the guest leaves, and at once when it is told to', () => {
    for (const going of [{ kind: 'leave' } as const, command('endSession', undefined, 'end')]) {
      const pod = given(sleepPod)
      pod.when(command('openDoor'))
      pod.when({ kind: 'wake' }, DOORWAY_MS)
      pod.when(going, 60_000)
      expect(pod.published('event')).toEqual([expect.objectContaining({ event: 'SESSION_END' })])
    }
  })

  it('opens for the guest who stepped out without starting a second session', () => {
    const pod = given(sleepPod)
    pod.when(command('openDoor', { bookingId: 'b-1' }, 'a'))
    pod.when({ kind: 'wake' }, DOORWAY_MS)
    const outputs = pod.when(command('openDoor', undefined, 'b'), 60_000)
    expect(pod.published('event')).toEqual([
      expect.objectContaining({ event: 'OPEN_DOOR', bookingId: 'b-1' }),
    ])
    expect(outputs.filter(({ kind }) => kind === 'wake')).toEqual([])
  })

  it('refuses to end a session that is not there', () => {
    const pod = given(sleepPod)
    pod.when(command('endSession'))
    expect(pod.published('ack')).toEqual([
      expect.objectContaining({ status: 'error', error: 'nobody is in the pod' }),
    ])
  })

  describe('that was given codes', () => {
    it('opens for a right code', () => {
      const pod = given(sleepPod)
      pod.when(provision(1))
      pod.when({ kind: 'keypad', code: '123456' })
      expect(pod.published('event')).toEqual([
        expect.objectContaining({ event: 'OPEN_DOOR', bookingId: 'b-1' }),
      ])
    })

    it.each([
      ['a wrong code', '654321', 0],
      ['a code whose time has not come', '123456', -1],
      ['a code whose time is over', '123456', HOUR_MS],
    ])('reports WRONG_CODE for %s, without the code', (_what, code, afterMs) => {
      const pod = given(sleepPod)
      pod.when(provision(1))
      pod.when({ kind: 'keypad', code }, afterMs)
      const [event = {}] = pod.published('event')
      expect(event).toMatchObject({ event: 'WRONG_CODE' })
      expect(event).not.toHaveProperty('code')
    })

    it('locks its keypad after five wrong ones, and takes codes again once it is told to', () => {
      const pod = given(sleepPod)
      pod.when(provision(1))
      for (let n = 0; n < 5; n += 1) pod.when({ kind: 'keypad', code: '654321' }, n)
      pod.when({ kind: 'keypad', code: '123456' }, 60_000)
      expect(pod.published('event')).toEqual([expect.objectContaining({ event: 'WRONG_CODE' })])
      pod.when(command('unlockKeypad', undefined, 'unlock'), 60_001)
      pod.when({ kind: 'keypad', code: '123456' }, 60_002)
      expect(pod.published('event')).toEqual([expect.objectContaining({ event: 'OPEN_DOOR' })])
    })

    it('asks the platform again when it is told to', () => {
      const pod = given(sleepPod)
      pod.when(provision(1))
      pod.when(command('provisionCodes', { mode: 'online', epoch: 2, key: 'k2', codes: [] }, 'online'))
      pod.when({ kind: 'keypad', code: '123456' })
      expect(pod.published('event')).toEqual([expect.objectContaining({ event: 'CODE_ENTERED' })])
    })

    it('refuses codes of an epoch that is over', () => {
      const pod = given(sleepPod)
      pod.when(provision(2))
      pod.when(provision(1))
      expect(pod.published('ack')).toEqual([
        expect.objectContaining({ status: 'error', commandId: 'provision-1' }),
      ])
    })
  })
})
