import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { domain as quotasDomain } from '../quotas/domain.ts'
import { type Counts, figuresOf, noCounts } from './counts.ts'
import { type DeadLetterBox, StoreDeadLetterBox } from './dead-letter-box.ts'
import { DeadLetterKeeper } from './dead-letter-keeper.ts'
import { limitsFor } from './dead-letter-limits.ts'
import { ImportSlots } from './import-slots.ts'
import { HttpIntake } from './http-intake.ts'
import { IngestKeys } from './ingest-keys.ts'
import { openIntake } from './open-intake.ts'
import { openTraffic } from './open-traffic.ts'
import { RemovedGroups } from './removed-groups.ts'
import { replayCollection } from './replay-job.ts'
import { noteSilentDevices, type SilenceParts } from './silence.ts'
import { streamFigures } from './stream-figures.ts'
import type { Traffic } from './traffic.ts'
import { trimUplink } from './trim-uplink.ts'
import { type IntakeOptions, type UplinkIntake, uplinkStream } from './uplink-intake.ts'
import { ingestionGroup } from './uplink/config.ts'

/** What everything that has to do with what devices send works with. */
export interface Telemetry {
  readonly intake: UplinkIntake
  readonly httpIntake: HttpIntake
  readonly ingestKeys: IngestKeys
  readonly importSlots: ImportSlots
  readonly deadLetters: DeadLetterBox
  readonly traffic: Pick<Traffic, 'count' | 'of'>
  /** To be added to. */
  readonly counts: Counts
}

export interface TelemetrySettings {
  /** Whether flows in this process consume what comes in. */
  readonly isProcessing: boolean
  readonly defer: IntakeOptions['defer']
  readonly conceal: IntakeOptions['conceal']
  readonly deadLetterDays: number
  readonly deadLetterMb: number
  readonly uplinkRetentionMs: number
  readonly isConnected: SilenceParts['isConnected']
}
export const telemetrySettings = given<TelemetrySettings>('settings of telemetry')

/** What others fold is known here a little later, and what was not processed yet says nothing about silence. */
const sharedGraceMs = 10_000
const maxLagOfSilence = 1000

export const domain = defineDomain({
  id: 'telemetry',
  needs: {
    ...kit('bus', 'clock', 'log', 'metrics', 'pulse', 'secrets', 'store', 'stream'),
    devices: devicesDomain,
    identity: identityDomain,
    quotas: quotasDomain,
    settings: telemetrySettings,
  },
  start(needed) {
    const { clock, devices, identity, log, pulse, secrets, settings, store, stream } = needed
    const counts = noCounts()
    const isShared = pulse !== undefined
    const opened = openIntake({ ...needed, ...settings, counts })
    const { intake } = opened
    const counting = openTraffic({ ...needed, isShared })
    const keeper = new DeadLetterKeeper({
      store,
      limits: limitsFor(settings.deadLetterDays, settings.deadLetterMb),
      clock,
      log: log.child({ part: 'dead letters' }),
      counts,
    })
    const service: Telemetry = {
      intake,
      httpIntake: new HttpIntake(intake, undefined, {
        isFull: (orgId) => needed.quotas.isFull(orgId),
        mayAccept: (orgId) => needed.quotas.messages(orgId)?.take(clock.monotonicMs()) ?? true,
      }),
      ingestKeys: new IngestKeys({ clock, directory: devices.directory, secrets, store }),
      importSlots: new ImportSlots(),
      deadLetters: new StoreDeadLetterBox(
        store,
        () => secrets.newId(),
        (rejects) => keeper.noted(rejects),
      ),
      traffic: counting.traffic,
      counts,
    }
    const silence = { ...devices, clock, intake, isConnected: settings.isConnected }
    const noteSilence = async (): Promise<void> => {
      if (!isShared) await noteSilentDevices(silence)
      else if ((await stream.lag(uplinkStream, ingestionGroup)) < maxLagOfSilence)
        await noteSilentDevices(silence, sharedGraceMs)
    }
    const removedGroups = new RemovedGroups(store, clock)
    const { uplinkRetentionMs } = settings
    const trim = async (): Promise<void> => {
      await removedGroups.forgetOld(stream, uplinkRetentionMs, log)
      await trimUplink({ clock, log, stream, uplinkRetentionMs })
    }
    const sweep = (): Promise<void> => keeper.sweep(identity.organizationIds())
    return {
      service,
      relays: [replayCollection],
      figures: [...figuresOf(counts), ...streamFigures(stream)],
      duties: [
        { name: 'noting silent devices', nextMs: every(5000), run: noteSilence },
        { name: 'trimming the stream', nextMs: every(15_000), run: trim },
        { name: 'sweeping dead letters', nextMs: every(3_600_000), run: sweep },
      ],
      settle: () => opened.settle(),
      async stop() {
        counting.stop()
        await opened.settle()
        await keeper.whenIdle()
      },
    }
  },
})
