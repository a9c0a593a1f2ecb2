interface RequestNode {
  readonly name: string
  readonly operation: string
  /** Node-RED's translation in this node's name space. */
  _(key: string): string
}

interface OperationSummary {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly access: string
  readonly summary: string
}

/** Put in by the build. */
declare const operations: readonly OperationSummary[]

export function label(node: RequestNode): string {
  return node.name || routeOf(find(node.operation)) || node.operation || node._('request.label')
}

export function oneditprepare(node: RequestNode): void {
  const select = choice()
  if (select === null) return
  const translate = (key: string): string => node._(`request.form.${key}`)
  fill(select, node.operation, translate)
  const showChoice = (): void => {
    const operation = find(select.value)
    const access = operation?.access ?? ''
    document.getElementById('fleetloom-request-chosen')?.toggleAttribute('hidden', operation === undefined)
    setText('fleetloom-request-route', routeOf(operation))
    setText('fleetloom-request-summary', operation?.summary ?? '')
    setText('fleetloom-request-access', access)
    setText('fleetloom-request-who', access === 'public' || access === 'signed-in' ? translate(access) : '')
  }
  select.addEventListener('change', showChoice)
  showChoice()
}

export const validators = {
  operation(node: RequestNode, value: string): true | string {
    if (value === '') return node._('request.form.needed')
    return find(value) !== undefined || node._('request.form.unknown')
  },
}

const find = (id: string): OperationSummary | undefined => operations.find((each) => each.id === id)

const routeOf = (operation: OperationSummary | undefined): string =>
  operation === undefined ? '' : `${operation.method.toUpperCase()} ${operation.path}`

const choice = (): HTMLSelectElement | null => document.querySelector('select#node-input-operation')

function fill(select: HTMLSelectElement, chosen: string, translate: (key: string) => string): void {
  if (chosen === '') select.add(new Option(translate('choose'), ''))
  for (const tag of new Set(operations.map((operation) => operation.tag))) {
    const group = document.createElement('optgroup')
    group.label = tag
    for (const operation of operations.filter((each) => each.tag === tag))
      group.append(new Option(`${routeOf(operation)} · ${operation.id}`, operation.id))
    select.append(group)
  }
  // A flow from elsewhere may name an operation that no package here declares: it must not change unseen.
  if (chosen !== '' && find(chosen) === undefined)
    select.add(new Option(`${chosen} (${translate('unknown')})`, chosen))
  select.value = chosen
}

function setText(id: string, text: string): void {
  const element = document.getElementById(id)
  if (element !== null) element.textContent = text
}
