/** What an integrator builds from Node-RED's own nodes and a few lines of JavaScript, saved as a flow file. */

const validate = `
const ts = Date.parse(msg.payload.ts)
const now = Date.now()
if (!(ts > now - 30 * 24 * 3600000 && ts < now + 5 * 60000)) return null
const readings = (msg.payload.readings || []).filter((r) => Number.isFinite(r.value))
if (readings.length === 0) return null
msg.ts = ts
msg.device = msg.topic.split('/')[3]
msg.payload = readings
return msg`

const calibrate = `
const registry = global.get('registry')
const device = registry[msg.device]
if (!device) return null
msg.payload = msg.payload
  .filter((r) => device[r.port])
  .map((r) => {
    const port = device[r.port]
    return [msg.device, r.port, msg.ts, r.value, r.value * port.scaling + port.offset]
  })
return msg`

const insert = `
const store = global.get('store')
for (const row of msg.payload) store.insert(row)
return null`

const functionNode = (id: string, name: string, func: string, next: string[]): object => ({
  id,
  type: 'function',
  z: 'ingestion',
  name,
  func,
  outputs: next.length,
  timeout: 0,
  noerr: 0,
  initialize: '',
  finalize: '',
  libs: [],
  x: 0,
  y: 0,
  wires: next.map((target) => [target]),
})

export function stockFlow(mqttPort: number): object[] {
  return [
    { id: 'ingestion', type: 'tab', label: 'ingestion', disabled: false, info: '', env: [] },
    {
      id: 'broker',
      type: 'mqtt-broker',
      name: '',
      broker: '127.0.0.1',
      port: String(mqttPort),
      clientid: 'node-red',
      autoConnect: true,
      usetls: false,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    {
      id: 'in',
      type: 'mqtt in',
      z: 'ingestion',
      name: 'telemetry',
      topic: 'org/+/device/+/telemetry',
      qos: '1',
      datatype: 'utf8',
      broker: 'broker',
      nl: false,
      rap: true,
      rh: 0,
      inputs: 0,
      x: 0,
      y: 0,
      wires: [['json']],
    },
    {
      id: 'json',
      type: 'json',
      z: 'ingestion',
      name: '',
      property: 'payload',
      action: 'obj',
      pretty: false,
      x: 0,
      y: 0,
      wires: [['validate']],
    },
    functionNode('validate', 'validate', validate, ['calibrate']),
    functionNode('calibrate', 'calibrate', calibrate, ['insert']),
    functionNode('insert', 'insert', insert, []),
  ]
}
