import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-latest',
  icon: 'font-awesome/fa-tachometer',
  properties: { title: asks.title, device: asks.device, ports: asks.ports },
})
