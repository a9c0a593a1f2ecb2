import { computed, type ComputedRef, getCurrentInstance, inject } from 'vue'
import { organizationParameter, platform } from './platform.ts'

export const deviceParameter = 'device'

/** The part of the Dashboard's router that is used here. */
interface Router {
  readonly currentRoute: {
    readonly value: { readonly path: string; readonly query: Readonly<Record<string, string | null>> }
  }
  push(place: { readonly path: string; readonly query: Readonly<Record<string, string | null>> }): unknown
}

/** The Dashboard's connection to the widget's node. */
interface PageSocket {
  emit(event: string, ...values: unknown[]): void
}

export interface Page {
  /** What the address says, such as `device`; the empty string when it says nothing. */
  readonly query: (name: string) => string
  /** Puts it into the address, as a step that can be taken back. */
  readonly setQuery: (name: string, value: string) => void
  /** The address of another page, about a device if one is given. */
  readonly href: (page: string, deviceId?: string) => string
  /** Goes there. */
  readonly open: (page: string, deviceId: string) => void
  /** Goes there without loading anew, unless the click asks for a new window. */
  readonly follow: (event: MouseEvent) => void
  /** Tells the widget's node. */
  readonly say: (said: object) => void
}

/** The page that the widget stands on; to be called in `setup`. @param nodeId of the widget */
export function usePage(nodeId: string): Page {
  const globals = getCurrentInstance()?.appContext.config.globalProperties
  if (globals === undefined) throw new Error('usePage belongs into setup')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the Dashboard's app has one
  const { $router } = globals as unknown as { readonly $router: Router }
  const socket = inject<PageSocket>('$socket')
  const organization = (): Readonly<Record<string, string>> => {
    const { connection } = platform
    const id = connection?.client.organization
    return id !== undefined && connection !== undefined && connection.organizations.length > 1
      ? { [organizationParameter]: id }
      : {}
  }
  const href = (page: string, deviceId?: string): string => {
    const query = new URLSearchParams({
      ...(deviceId === undefined ? {} : { [deviceParameter]: deviceId }),
      ...organization(),
    }).toString()
    const path = page === '' ? $router.currentRoute.value.path : `/dashboard/${page}`
    return `${path}${query === '' ? '' : `?${query}`}`
  }
  const go = ({ pathname, searchParams }: URL): void => {
    $router.push({ path: pathname, query: Object.fromEntries(searchParams) })
  }
  return {
    query: (name) => $router.currentRoute.value.query[name] ?? '',
    setQuery(name, value) {
      const { path, query } = $router.currentRoute.value
      $router.push({ path, query: { ...query, ...organization(), [name]: value } })
    },
    href,
    open: (page, deviceId) => go(new URL(href(page, deviceId), location.href)),
    follow(event) {
      const link = event.currentTarget
      const isPlain =
        event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      if (!(link instanceof HTMLAnchorElement) || !isPlain) return
      event.preventDefault()
      go(new URL(link.href))
    },
    say: (said) => socket?.emit('widget-change', nodeId, said),
  }
}

/** The device that a widget is about: its own, or the one chosen on the page; empty when none is. */
export const useDevice = (page: Page, own: () => string): ComputedRef<string> =>
  computed(() => (own() === '' ? page.query(deviceParameter) : own()))
