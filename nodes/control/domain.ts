import { domain as commandsDomain } from '../commands/domain.ts'
import { domain as devicesDomain } from '../devices/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { controlCollection } from './control.ts'
import { controlJob } from './control-job.ts'
import { DeviceControl } from './control-service.ts'

export const domain = defineDomain({
  id: 'control',
  needs: {
    ...kit('clock', 'jobs', 'log', 'relay', 'secrets', 'store'),
    commands: commandsDomain,
    devices: devicesDomain,
  },
  start({ devices: { directory, states: deviceStates, traces }, ...needed }) {
    const { commands, log } = needed
    const control = new DeviceControl({ ...needed, directory, deviceStates })
    commands.oversee(control.overseer)
    const endTraces = traces.add((orgId, deviceId) => control.forget(orgId, deviceId))
    const stop = commands.onEnd((orgId, command) => {
      // Whatever fails here the job finds out a little later.
      control
        .noteEnd(orgId, command)
        .catch((error: unknown) =>
          log.warn({ err: error, command: command.id }, 'the end of a command could not be noted'),
        )
    })
    return {
      service: control,
      jobs: [controlJob({ ...needed, control })],
      relays: [controlCollection],
      figures: [
        {
          name: 'fleetloom_work_late_seconds',
          help: 'How late the work was begun that was begun last: timers, commands, schedules and whatever else is due, the latest of them',
          read: () =>
            Math.max(0, ...Array.from(needed.jobs.figures().values(), ({ lateMs }) => lateMs)) / 1000,
        },
        {
          name: 'fleetloom_work_late_p99_seconds',
          help: 'What 99 of 100 of the last 1,024 pieces of work of each kind were not begun later than, the latest kind',
          read: () =>
            Math.max(0, ...Array.from(needed.jobs.figures().values(), ({ late }) => late.quantileMs(0.99))) /
            1000,
        },
      ],
      stop() {
        endTraces()
        stop()
      },
    }
  },
})
