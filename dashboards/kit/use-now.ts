import { onScopeDispose, type ShallowRef, shallowRef } from 'vue'
import { platform } from './platform.ts'

const everyMs = 5000

export const platformNowMs = (): number => platform.connection?.client.nowMs() ?? Date.now()

/** The platform's time, for texts such as "3 minutes ago". */
export function useNow(): ShallowRef<number> {
  const nowMs = shallowRef(platformNowMs())
  const timer = window.setInterval(() => (nowMs.value = platformNowMs()), everyMs)
  onScopeDispose(() => window.clearInterval(timer))
  return nowMs
}
