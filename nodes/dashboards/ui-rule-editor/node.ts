import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-rule-editor',
  icon: 'font-awesome/fa-sliders',
  properties: { title: asks.title },
})
