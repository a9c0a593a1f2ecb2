import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-users',
  icon: 'font-awesome/fa-users',
  properties: { title: asks.title },
})
