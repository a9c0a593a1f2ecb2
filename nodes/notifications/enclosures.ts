import type { Notice } from './delivery.ts'

/** What belongs into a notice and is written down nowhere: looked up when it is sent or read. */
export type Enclosure = (
  orgId: string,
  data: Notice['data'],
) => Promise<Readonly<Record<string, string>> | undefined>

const enclosed = /\{(\w+)\}/g

/** What is still to be read where there is nothing to put in any more. */
export const withoutEnclosures = (text: string): string => text.replaceAll(enclosed, '–')

/** By the type of notice. */
export class Enclosures {
  readonly #byType = new Map<string, Enclosure>()

  /** The result ends it. */
  add(type: string, enclosure: Enclosure): () => void {
    this.#byType.set(type, enclosure)
    return () => void this.#byType.delete(type)
  }

  has(type: string): boolean {
    return this.#byType.has(type)
  }

  /** With what stands in braces (`{code}`) put in; undefined when there is nothing to put in any more. */
  async open(orgId: string, notice: Notice): Promise<Notice | undefined> {
    const enclosure = this.#byType.get(notice.type)
    if (enclosure === undefined) return notice
    const values = await enclosure(orgId, notice.data)
    if (values === undefined) return undefined
    const put = (text: string): string =>
      text.replaceAll(enclosed, (whole, name: string) => values[name] ?? whole)
    return { ...notice, title: put(notice.title), text: put(notice.text) }
  }
}
