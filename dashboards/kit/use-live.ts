import { onScopeDispose, watch } from 'vue'
import type { Watch, Watcher } from '../../client/index.ts'
import { platform } from './platform.ts'

/** Hears live events for as long as the widget is there. @param devices undefined: of none */
export function useLive(devices: () => readonly string[] | 'all' | undefined, watcher: Watcher): void {
  let current: Watch | undefined
  watch(
    [() => platform.connection, devices] as const,
    ([connection, wanted], [before]) => {
      if (connection !== before || wanted === undefined) {
        current?.stop()
        current = undefined
      }
      if (connection === undefined || wanted === undefined) return
      if (current === undefined) current = connection.live.watch(wanted, watcher)
      else current.follow(wanted)
    },
    { immediate: true },
  )
  onScopeDispose(() => current?.stop())
}
