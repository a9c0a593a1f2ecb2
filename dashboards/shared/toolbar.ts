import { h, setAttribute, setText } from './dom.ts'
import type { LiveStatus } from './live.ts'
import type { Session } from './session.ts'

export interface Toolbar {
  readonly element: HTMLElement
  showLive(status: LiveStatus): void
}

const liveTexts: Readonly<Record<LiveStatus, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost – trying again…',
}

/** Whose fleet this is, whether it is live, and the way out. */
export function toolbar(session: Session, onOrganization: (id: string) => void): Toolbar {
  const text = h('span', {}, liveTexts.connecting)
  // The only thing that is announced by itself besides errors: without the connection everything here is old.
  const live = h(
    'div',
    { class: 'fl-live', role: 'status', 'data-status': 'connecting' },
    h('span', { class: 'fl-live__dot', 'aria-hidden': 'true' }),
    text,
  )
  const signOut = h(
    'form',
    { method: 'post', action: '/logout' },
    h(
      'button',
      { class: 'fl-button fl-button--quiet', type: 'submit', title: session.user.email },
      'Sign out',
    ),
  )
  return {
    element: h(
      'div',
      { class: 'fl-toolbar' },
      organizationChoice(session, onOrganization),
      h('div', { class: 'fl-toolbar__end' }, live, signOut),
    ),
    showLive(status) {
      setAttribute(live, 'data-status', status)
      setText(text, liveTexts[status])
    },
  }
}

function organizationChoice(session: Session, onOrganization: (id: string) => void): HTMLElement {
  const { organizations, organization } = session
  if (organizations.length < 2) {
    return h('span', { class: 'fl-organization' }, organizations[0]?.name ?? session.user.name)
  }
  const select = h('select', { class: 'fl-select' })
  select.append(...organizations.map(({ id, name }) => new Option(name, id, false, id === organization)))
  select.addEventListener('change', () => onOrganization(select.value))
  return h('label', { class: 'fl-organization' }, h('span', {}, 'Organization'), select)
}
