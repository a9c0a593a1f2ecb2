import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { bulkJob } from './bulk-job.ts'
import { commandCollection } from './command.ts'
import { CommandArchive } from './command-archive.ts'
import { CommandFigures } from './command-figures.ts'
import { commandJobName, Commands } from './command-service.ts'
import { wakePutOff } from './put-off.ts'
import { sendingJob } from './sending-job.ts'
import { sweepLog } from './sweep-log.ts'

export interface CommandsSettings {
  /** How long an attempt waits for its acknowledgment, where neither the class nor the call says. */
  readonly ackTimeoutMs: number
}
export const commandsSettings = given<CommandsSettings>('settings of commands')

export const domain = defineDomain({
  id: 'commands',
  needs: {
    ...kit('broker', 'clock', 'jobs', 'live', 'log', 'objects', 'relay', 'secrets', 'store'),
    devices: devicesDomain,
    identity: identityDomain,
    settings: commandsSettings,
  },
  start({ devices: { directory, states: deviceStates }, identity, settings, ...needed }) {
    const { clock, store } = needed
    const archive = new CommandArchive(needed.objects, clock)
    const commands = new Commands({ ...needed, ...settings, archive, directory })
    const figures = new CommandFigures()
    const stop = commands.onEnd((_, command) => figures.note(command))
    return {
      service: commands,
      figures: figures.figures,
      stop: () => stop(),
      jobs: [sendingJob({ ...needed, commands, deviceStates }), bulkJob(commands)],
      relays: [commandCollection],
      duties: [
        {
          name: 'waking commands that a clock which was ahead has put off',
          nextMs: every(30_000),
          async run() {
            if (await wakePutOff({ clock, store })) needed.jobs.wake(commandJobName)
          },
        },
        {
          name: 'sweeping the log of commands',
          nextMs: every(3_600_000),
          async run() {
            for await (const orgId of identity.organizationIds())
              await sweepLog({ archive, store }, orgId, clock.nowMs())
          },
        },
      ],
    }
  },
})
