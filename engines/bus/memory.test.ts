import { describeBusContract } from '../../nodes/platform/bus/bus.contract.ts'
import { MemoryHub } from './memory.ts'

describeBusContract('The bus in the process', async () => {
  const hub = new MemoryHub()
  return {
    join: async (instance) => hub.open(instance),
    cutOff: async (bus) => {
      hub.cutOff(bus)
      return async () => hub.reconnect(bus)
    },
    dispose: async () => undefined,
  }
})
