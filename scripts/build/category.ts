import type { NodeCategory } from '../../nodes/platform/kit/node-definition.ts'

export const categories = [
  'telemetry',
  'devices',
  'http',
  'live',
  'alerts',
  'commands',
  'booking',
  'billing',
  'events',
] as const satisfies readonly NodeCategory[]

/** Light and muted: Node-RED writes a node's label in dark grey, in both themes. */
export const categoryColours: Readonly<Record<NodeCategory, string>> = {
  telemetry: '#A9CCE3',
  devices: '#A3D9C9',
  http: '#C9D1DA',
  live: '#F2D7A0',
  alerts: '#F0B8AE',
  commands: '#CDBDE3',
  booking: '#BFD9A6',
  billing: '#E3D2B0',
  events: '#B8CFE8',
}

/** Not with `-`: Node-RED takes what stands before one for the heading, and all our nodes would be under it. */
export const paletteCategory = (category: NodeCategory): string => `fleetloom_${category}`
