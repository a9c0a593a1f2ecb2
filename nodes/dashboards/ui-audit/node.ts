import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-audit',
  icon: 'font-awesome/fa-book',
  properties: { title: asks.title },
})
