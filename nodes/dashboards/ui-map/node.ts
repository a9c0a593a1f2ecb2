import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-map',
  icon: 'font-awesome/fa-map-marker',
  properties: {
    title: asks.title,
    classKey: asks.classKey,
    tag: asks.tag,
    /** Where a device leads; empty: it is chosen on this page. */
    page: z.string().default('device'),
    heightPx: z.coerce.number().int().min(160).max(2000).default(480),
    /** Of this server, such as `/tiles/{z}/{x}/{y}.png`; empty: the outlines of countries. */
    tiles: z
      .string()
      .regex(/^(\/[^/].*)?$/)
      .default(''),
  },
  choosesDevice: true,
})
