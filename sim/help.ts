import { CLASS_KEYS } from './devices/catalogue.ts'
import { FAULT_HELP } from './fault-plan.ts'

export const HELP = `Simulated devices over real MQTT; \`payments\` and \`receivers\` as the first word: what the platform pays by and tells.

  npm run sim -- --class air-purifier --devices 10 --interval 2s
  npm run sim -- --class port-monitor=2,air-purifier=2,sleep-pod=1 --fault lost-acks=0.1

What runs
  --class CLASS[=COUNT],…  ${CLASS_KEYS.join(', ')}; may be repeated
  --devices N              of every class without a count of its own (1)
  --prefix ID              device ids are ID-CLASS-0001 and so on (sim)
  --credentials FILE       instead: JSON lines {deviceId, password, orgId, classKey}; nothing is registered
  --interval TIME          between reports, such as 500ms, 2s, 5m (as the class: 120s; purifiers ± 5s)
  --duration TIME          stop by itself (run until Ctrl-C)
  --seed TEXT              the same seed is the same run (1)

Where
  --url URL                the platform's HTTP address (http://127.0.0.1:1880)
  --mqtt URL               the broker (mqtt://127.0.0.1:1883)
  --org NAME               organization of the devices, created if missing (Simulated fleet)
  --token T                access token or API key, or FLEETLOOM_TOKEN
  --email E --password P   or ADMIN_EMAIL (admin@fleetloom.local), ADMIN_PASSWORD

Faults, each --fault NAME=SHARE with a share from 0 to 1; may be repeated
${FAULT_HELP.map((line) => `  ${line}`).join('\n')}

  --help                   this text
`
