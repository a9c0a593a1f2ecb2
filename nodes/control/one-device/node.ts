import { domain as commandsDomain } from '../../commands/domain.ts'
import { throwRefused } from '../../commands/throw-refused.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { asError } from '../../platform/kit/presentable.ts'
import { changesOf, seenAs } from '../device-changes.ts'
import { domain } from '../domain.ts'
import { deviceWishMessage, oneDeviceMessage } from '../one-device-messages.ts'
import { usualAction } from '../wish.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'one-device',
  category: 'devices',
  icon: 'font-awesome/fa-microchip',
  config,
  namedBy: 'deviceId',
  needs: { commands: commandsDomain, control: domain, devices: devicesDomain },
  input: deviceWishMessage,
  outputs: [{ label: 'what has changed', message: oneDeviceMessage, isOwn: true }],
  start({ config: { deviceId }, emit, fault, needed: { commands, control, devices }, nodeId }) {
    if (deviceId === '') throw new Error('the id of a device is needed')
    let seen: ReturnType<typeof seenAs> | undefined
    let looking: Promise<void> = Promise.resolve()
    let isClosed = false

    const look = async (isFirst: boolean): Promise<void> => {
      const orgId = devices.directory.lookup(deviceId)?.orgId
      if (orgId === undefined || isClosed) return
      const [state, view] = [await devices.states.get(orgId, deviceId), await control.view(orgId, deviceId)]
      if (view === undefined) return
      const now = seenAs(state, view.desired)
      const changed = changesOf(seen, now)
      seen = now
      if (!isFirst && changed.length > 0 && !isClosed) emit([[{ ...now, changed: [...changed] }]])
    }
    /** One after the other, so that what is told is in order. */
    const lookAgain = (isFirst = false): void => {
      looking = looking.then(() => look(isFirst)).catch((error: unknown) => fault(asError(error)))
    }
    // What it is at a deploy is no change.
    lookAgain(true)
    const stops = [
      devices.states.onNews((state) => {
        if (state.id === deviceId) lookAgain()
      }),
      commands.onEnd((_, command) => {
        if (command.deviceId === deviceId) lookAgain()
      }),
      control.onChange((_, id) => {
        if (id === deviceId) lookAgain()
      }),
    ]
    return {
      async process(wishes) {
        const record = devices.directory.lookup(deviceId)
        if (record === undefined) throw new Error(`${deviceId} is not registered`)
        for (const { action = usualAction(record.deviceClass), ...wish } of wishes) {
          if (action === undefined)
            throw new Error('action: is needed: the class has no single action with a value')
          const asked = { ...wish, deviceId, action, source: 'flow', askedByNode: nodeId } as const
          throwRefused(await commands.issue(record.orgId, asked), deviceId)
          lookAgain()
        }
        return []
      },
      async close() {
        isClosed = true
        for (const stop of stops) stop()
        await looking
      },
    }
  },
})
