import type { Platform } from '../platform.ts'
import type { Supplier } from './domain/need.ts'

/** What the nodes of a Node-RED run on. */
export interface NodePlatform extends Platform {
  /** For what says what it needs (`needs`). */
  readonly domains: Supplier
}

/** The platform of this Node-RED, or undefined in a Node-RED that Fleetloom did not start. */
export function platformOf(red: { readonly settings: object }): NodePlatform | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- put there by the composition root, and nobody else
  return 'fleetloom' in red.settings ? (red.settings.fleetloom as NodePlatform) : undefined
}
