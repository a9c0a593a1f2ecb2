import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-device-classes',
  icon: 'font-awesome/fa-puzzle-piece',
  properties: { title: asks.title },
})
