import type { DeviceDirectory } from '../directory.ts'
import { allTemplates } from '../topic-clashes.ts'
import { type NamedDevice, namedBy, publishTemplates } from '../topics.ts'

/** The templates of all classes there are now, worked out when the registry changes. */
export class TopicTemplates {
  readonly #directory: Pick<DeviceDirectory, 'allClasses' | 'revision'>
  #published: readonly string[] = []
  #all: readonly string[] = []
  #revision = -1

  constructor(directory: Pick<DeviceDirectory, 'allClasses' | 'revision'>) {
    this.#directory = directory
  }

  /** By which devices publish. */
  get published(): readonly string[] {
    this.#refresh()
    return this.#published
  }

  /** Commands included. */
  get all(): readonly string[] {
    this.#refresh()
    return this.#all
  }

  /** Whom the topic names, by each template of which it is. */
  publisherNamedBy(topic: string): readonly NamedDevice[] {
    return this.published.flatMap((template) => namedBy(template, topic) ?? [])
  }

  #refresh(): void {
    if (this.#revision === this.#directory.revision) return
    this.#published = publishTemplates(this.#directory.allClasses())
    this.#all = allTemplates(this.#directory.allClasses())
    this.#revision = this.#directory.revision
  }
}
