import { computed, type ComputedRef, onScopeDispose, shallowReactive } from 'vue'
import { enterPlatform } from './platform.ts'

const frames = shallowReactive<symbol[]>([])

/** Whether this frame is the first of its page: that one shows what the page has once. */
export function useFrame(): ComputedRef<boolean> {
  const own = Symbol('frame')
  frames.push(own)
  const leave = enterPlatform()
  onScopeDispose(() => {
    frames.splice(frames.indexOf(own), 1)
    leave()
  })
  return computed(() => frames[0] === own)
}
