interface GuardNode {
  readonly operation: string
  readonly permission: string
  readonly bodySchema: string
  /** Node-RED's translation in this node's name space. */
  _(key: string): string
}

/** Put in by the build. */
declare const operations: readonly {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly access: string
  readonly summary: string
}[]
declare const $: (selector: string) => { typedInput(options: object): void }

export function oneditprepare(node: GuardNode): void {
  const select = choice()
  if (select === null) return
  const translate = (key: string): string => node._(`guard.form.${key}`)
  fill(select, node.operation, translate)
  $('#node-input-bodySchema').typedInput({ type: 'json', types: ['json'] })
  const showChoice = (): void => {
    const operation = operations.find(({ id }) => id === select.value)
    setHidden('fleetloom-guard-own', select.value !== '')
    setHidden('fleetloom-guard-declared', operation === undefined)
    const access = operation?.access ?? ''
    setText('fleetloom-guard-route', `${operation?.method.toUpperCase() ?? ''} ${operation?.path ?? ''}`)
    setText('fleetloom-guard-summary', operation?.summary ?? '')
    setText('fleetloom-guard-access', access)
    setText('fleetloom-guard-who', access === 'public' || access === 'signed-in' ? translate(access) : '')
  }
  select.addEventListener('change', showChoice)
  showChoice()
}

export const validators = {
  permission(node: GuardNode, value: string): true | string {
    const operation = choice()?.value ?? node.operation
    return operation !== '' || value !== '' || node._('guard.form.needed')
  },
}

const choice = (): HTMLSelectElement | null => document.querySelector('select#node-input-operation')

function fill(select: HTMLSelectElement, chosen: string, translate: (key: string) => string): void {
  select.add(new Option(translate('own'), ''))
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  for (const tag of tags) {
    const group = document.createElement('optgroup')
    group.label = tag
    for (const { id } of operations.filter((operation) => operation.tag === tag))
      group.append(new Option(id, id))
    select.append(group)
  }
  // A flow from elsewhere may name an operation that no package here declares: it must not change unseen.
  if (chosen !== '' && !operations.some(({ id }) => id === chosen))
    select.add(new Option(`${chosen} (${translate('unknown')})`, chosen))
  select.value = chosen
}

function setHidden(id: string, isHidden: boolean): void {
  document.getElementById(id)?.toggleAttribute('hidden', isHidden)
}

function setText(id: string, text: string): void {
  const element = document.getElementById(id)
  if (element !== null) element.textContent = text
}
