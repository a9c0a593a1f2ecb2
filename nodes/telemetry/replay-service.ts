import { type Aggregate, openAggregate } from '../platform/kit/decider/aggregate.ts'
import type { Platform } from '../platform/platform.ts'
import {
  type ReplayCommand,
  replayDecider,
  type ReplayEvent,
  type ReplayRefusal,
  type ReplayState,
} from './replay-decider.ts'
import { replayCollection } from './replay-job.ts'

/** Replays, as commands change them. */
export const replaysOf = ({
  clock,
  relay,
  store,
}: Pick<Platform, 'clock' | 'relay' | 'store'>): Aggregate<
  ReplayState,
  ReplayCommand,
  ReplayEvent,
  ReplayRefusal
> => openAggregate({ clock, relay, store, collection: replayCollection, decider: replayDecider })
