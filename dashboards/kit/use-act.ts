import { type ShallowRef, shallowRef } from 'vue'

export interface Act {
  /** While something is being done: buttons wait. */
  readonly isBusy: ShallowRef<boolean>
  /** What came of it last, to be said to whoever did it; empty when there is nothing to say. */
  readonly said: ShallowRef<string>
  /** @param task what is done; what it answers is said, undefined leaves what was said before */
  readonly act: (task: () => Promise<string | undefined>) => Promise<void>
}

/** What somebody does with a widget. @param afterwards called when it is done or has failed, for what may have changed by it */
export function useAct(afterwards: () => void = () => undefined): Act {
  const isBusy = shallowRef(false)
  const said = shallowRef('')
  async function act(task: () => Promise<string | undefined>): Promise<void> {
    isBusy.value = true
    try {
      said.value = (await task()) ?? said.value
    } catch (error) {
      said.value = error instanceof Error ? error.message : ''
    }
    isBusy.value = false
    afterwards()
  }
  return { isBusy, said, act }
}
