import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-device-picker',
  icon: 'font-awesome/fa-hand-pointer-o',
  properties: { title: asks.title, classKey: asks.classKey, tag: asks.tag },
  choosesDevice: true,
})
