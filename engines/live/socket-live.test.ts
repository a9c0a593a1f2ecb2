import { describeLiveContract } from '../../nodes/platform/live/live.contract.ts'
import { liveUnderTest, openLiveInstance } from './socket-live.fixture.ts'

describeLiveContract('Socket.IO in the process', async () => {
  const instance = await openLiveInstance()
  return liveUnderTest(instance, instance, async () => instance[Symbol.asyncDispose]())
})
