import { computed, type ComputedRef, reactive, type Ref, ref } from 'vue'
import { CallFailed, type ItemOf, type RequestOf, type ResultOf } from '../../../client/index.ts'
import {
  adoptDeviceClassTemplate,
  createDevice,
  createDeviceClass,
  listDeadLetters,
  listDeviceClasses,
  listDeviceClassTemplates,
  listDevices,
  replayDeadLetter,
  tryDeviceClass,
  updateDeviceClass,
} from '../../../client/generated/operations.ts'
import { platform } from '../../../dashboards/kit/platform.ts'
import { type Query, useQuery } from '../../../dashboards/kit/use-query.ts'
import { draftClass, type FirstMessage } from './draft-class.ts'
import { type Letter, type Sample, sampleOf, sampleOfLetter } from './samples.ts'

type Of<R extends { readonly of?: unknown }> = NonNullable<R['of']>
export type ClassView = ItemOf<Of<typeof listDeviceClasses>>
export type TemplateView = ItemOf<Of<typeof listDeviceClassTemplates>>
export type Registered = ResultOf<Of<typeof createDevice>>

/** The samples of the catalogue have times just before. */
const sampledAt = '2026-01-05T08:00:05Z'
const lettersAtOnce = 200
const lettersShown = 20

export interface ClassDesk {
  readonly classes: Query<readonly ClassView[]>
  readonly templates: Query<readonly TemplateView[]>
  /** The key of the class that is edited, empty for a new one. */
  readonly chosen: Ref<string>
  /** The class as JSON text. */
  readonly text: Ref<string>
  readonly samples: Sample[]
  readonly isBusy: Ref<boolean>
  /** What went wrong last, in the platform's words; empty when nothing did. */
  readonly trouble: Ref<string>
  readonly done: Ref<'' | 'saved' | 'adopted' | 'replayed' | 'registered' | 'no-letters'>
  readonly registered: Ref<Registered | undefined>
  /** All dead letters that are among the samples fit by now. */
  readonly mayReplay: ComputedRef<boolean>
  choose(key: string): void
  draft(first: FirstMessage): void
  adopt(templateKey: string): Promise<void>
  addLetters(): Promise<void>
  attempt(): Promise<void>
  save(): Promise<void>
  replay(): Promise<void>
  register(id: string, name: string, address: string): Promise<void>
}

/** What is done with classes on the page: editing one, trying it, taking it into use. */
export function useClassDesk(): ClassDesk {
  const classes = useQuery(async ({ client }) => (await client.call(listDeviceClasses, {})).items)
  const templates = useQuery(async ({ client }) => (await client.call(listDeviceClassTemplates, {})).items)
  const chosen = ref('')
  const text = ref('')
  const samples = reactive<Sample[]>([])
  const isBusy = ref(false)
  const trouble = ref('')
  const done: ClassDesk['done'] = ref('')
  const registered = ref<Registered>()
  const savedText = ref('')

  /** One thing at a time; what goes wrong is said. */
  async function during(task: () => Promise<ClassDesk['done']['value']>): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    trouble.value = ''
    done.value = ''
    try {
      done.value = await task()
    } catch (error) {
      trouble.value =
        error instanceof CallFailed || error instanceof SyntaxError ? error.message : String(error)
    } finally {
      isBusy.value = false
    }
  }

  const client = () => {
    if (platform.connection === undefined) throw new Error('not connected')
    return platform.connection.client
  }

  function show(deviceClass: ClassView): void {
    const { version: _, ...written } = deviceClass
    chosen.value = written.key
    text.value = JSON.stringify(written, undefined, 2)
    savedText.value = text.value
    samples.splice(0)
    registered.value = undefined
  }

  const tryAll = async (): Promise<void> => {
    const body = asRequest<RequestOf<Of<typeof tryDeviceClass>>>({
      body: { class: JSON.parse(text.value), samples: samples.map(sampleOf) },
    })
    const { items } = await client().call(tryDeviceClass, body)
    for (const [index, sample] of samples.entries()) sample.tried = items[index]
  }

  return {
    classes,
    templates,
    chosen,
    text,
    samples,
    isBusy,
    trouble,
    done,
    registered,
    mayReplay: computed(() => {
      const letters = samples.filter(({ letterId }) => letterId !== '')
      return (
        letters.length > 0 &&
        text.value === savedText.value &&
        letters.every(({ tried }) => tried !== undefined && tried.reasons.length === 0)
      )
    }),
    choose(key) {
      trouble.value = ''
      done.value = ''
      const found = classes.value.value?.find((each) => each.key === key)
      if (found !== undefined) return show(found)
      chosen.value = ''
      text.value = ''
      savedText.value = ''
      samples.splice(0)
    },
    draft(first) {
      chosen.value = ''
      text.value = JSON.stringify(draftClass(first), undefined, 2)
      samples.splice(0, Infinity, sampleOfText(first.topic, first.payload))
      void during(async () => {
        await tryAll()
        return ''
      })
    },
    adopt: (templateKey) =>
      during(async () => {
        const request = { params: { key: templateKey }, body: {} }
        show(await client().call(adoptDeviceClassTemplate, request))
        classes.reload()
        const template = templates.value.value?.find(({ key }) => key === templateKey)
        samples.push(
          ...(template?.samples ?? []).map(({ payload, topic }) => sampleOfText(topic, payload, sampledAt)),
        )
        await tryAll()
        return 'adopted'
      }),
    addLetters: () =>
      during(async () => {
        const query = { classKey: chosen.value, limit: 1000 }
        const devices = await client().call(listDevices, { query })
        const ids = new Set(devices.items.map(({ id }) => id))
        const found = await client().call(listDeadLetters, {
          query: { replayed: 'false', limit: lettersAtOnce },
        })
        const letters: Letter[] = found.items.filter(({ deviceId }) => ids.has(deviceId))
        samples.splice(0, Infinity, ...letters.slice(0, lettersShown).map(sampleOfLetter))
        if (letters.length === 0) return 'no-letters'
        await tryAll()
        return ''
      }),
    attempt: () =>
      during(async () => {
        await tryAll()
        return ''
      }),
    save: () =>
      during(async () => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform says what is wrong with it
        const { key = '', ...written } = JSON.parse(text.value) as { readonly key?: string }
        const saved =
          chosen.value === ''
            ? await client().call(createDeviceClass, asRequest({ body: { key, ...written } }))
            : await client().call(
                updateDeviceClass,
                asRequest({ params: { key: chosen.value }, body: written }),
              )
        chosen.value = saved.key
        savedText.value = text.value
        classes.reload()
        return 'saved'
      }),
    replay: () =>
      during(async () => {
        for (const { letterId } of samples)
          if (letterId !== '') await client().call(replayDeadLetter, { params: { id: letterId } })
        samples.splice(0)
        return 'replayed'
      }),
    register: (id, name, address) =>
      during(async () => {
        registered.value = await client().call(
          createDevice,
          asRequest({
            body: {
              classKey: chosen.value,
              name: name === '' ? address : name,
              ...(id === '' ? {} : { id }),
              ...(address === id ? {} : { address }),
            },
          }),
        )
        return 'registered'
      }),
  }
}

const sampleOfText = (topic: string, payload: string, receivedAt = ''): Sample =>
  reactive({ topic, payload, payloadBase64: '', receivedAt, letterId: '', tried: undefined })

/** What a person has written: the platform checks it and names what is wrong. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters -- whatever the call wants
const asRequest = <T>(request: object): T => request as T
