import type { Bus } from '../../bus/port.ts'
import { unaudited } from '../audit/scope.ts'
import type { DueDocument, JobDefinition } from './job.ts'
import { type JobFigures, JobRunner, type RunnerParts } from './runner.ts'

export interface RunningJob {
  readonly figures: Readonly<JobFigures>
  /** Looks at what is due now. */
  wake(): void
  /** Resolves when nothing is in hand and it sleeps. */
  whenIdle(): Promise<void>
  /** What is in hand is told to end, and given back when it does not. */
  stop(): Promise<void>
}

/** The jobs of this instance. */
export interface Jobs {
  start<T extends DueDocument>(job: JobDefinition<T>): RunningJob
  /** Something of this job has become due sooner than was known, whoever does it: here, or in another instance. */
  wake(name: string): void
  /** How each that runs here is doing. */
  figures(): ReadonlyMap<string, Readonly<JobFigures>>
  stop(): Promise<void>
}

export interface JobsParts extends Omit<RunnerParts, 'instance'> {
  readonly bus: Pick<Bus, 'instance' | 'publish' | 'subscribe'>
}

const wakeTopic = 'jobs.wake'
/** The others are told of what comes together once. */
const tellAfterMs = 5

export function openJobs({ bus, ...parts }: JobsParts): Jobs {
  const running = new Map<string, Set<RunningJob>>()
  const untold = new Set<string>()
  let cancelTelling: (() => void) | undefined
  const wakeOurs = (name: string): void => {
    for (const runner of running.get(name) ?? []) runner.wake()
  }
  const unsubscribe = bus.subscribe(wakeTopic, (names) => {
    if (Array.isArray(names)) for (const name of names) wakeOurs(String(name))
  })
  const tell = (): void => {
    cancelTelling = undefined
    const names = [...untold]
    untold.clear()
    // Whoever does not hear it looks a little later.
    bus.publish(wakeTopic, names).catch(() => undefined)
  }
  return {
    start(job) {
      const runner = new JobRunner(job, { ...parts, instance: bus.instance })
      const siblings = running.get(job.name) ?? new Set()
      const started: RunningJob = {
        figures: runner.figures,
        wake: () => runner.wake(),
        whenIdle: () => runner.whenIdle(),
        async stop() {
          siblings.delete(started)
          await runner.stop()
        },
      }
      running.set(job.name, siblings.add(started))
      runner.start()
      return started
    },
    wake(name) {
      untold.add(name)
      unaudited(() => {
        wakeOurs(name)
        cancelTelling ??= parts.clock.after(tellAfterMs, tell)
      })
    },
    figures: () =>
      new Map(
        [...running].flatMap(([name, runners]) =>
          Array.from(runners, ({ figures }) => [name, figures] as const),
        ),
      ),
    async stop() {
      unsubscribe()
      cancelTelling?.()
      await Promise.all(
        [...running.values()].flatMap((runners) => Array.from(runners, (runner) => runner.stop())),
      )
      running.clear()
    },
  }
}
