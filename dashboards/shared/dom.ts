type Child = Node | string | undefined

type Attributes = Readonly<Record<string, string | boolean | undefined>>

/** An element with attributes and children; texts become text nodes, so that names of devices are never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

/** True sets it without a value, false and undefined take it away. */
export function setAttribute(element: Element, name: string, value: string | boolean | undefined): void {
  if (value === false || value === undefined) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value === true ? '' : value)
}

/** Leaves the node alone when nothing changes: no needless layout, and nothing for a screen reader to repeat. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** Gives `parent` exactly these children, moving only what is not in its place. */
export function setChildren(parent: Element, children: readonly Element[]): void {
  for (const [index, child] of children.entries()) {
    const current = parent.children[index]
    if (current !== child) parent.insertBefore(child, current ?? null)
  }
  while (parent.children.length > children.length) parent.lastElementChild?.remove()
}
