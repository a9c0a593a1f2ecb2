import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-ledger',
  icon: 'font-awesome/fa-balance-scale',
  properties: { title: asks.title },
})
