/** The load generator's process: takes one command at a time over IPC and answers it. */
import { readFile } from 'node:fs/promises'
import { exit } from 'node:process'
import { LoadGenerator } from './generator.ts'
import type { DeviceCredential, LoadCommand, LoadReply } from './protocol.ts'

const generator = new LoadGenerator()

function reply(message: LoadReply): void {
  process.send?.(message)
}

async function obey(command: LoadCommand): Promise<void> {
  switch (command.kind) {
    case 'connect': {
      const startedAt = performance.now()
      const devices: DeviceCredential[] = JSON.parse(await readFile(command.devicesFile, 'utf8'))
      await generator.connect(command.port, devices, command.inFlight, command.portPairs)
      return reply({
        kind: 'connected',
        connections: devices.length,
        seconds: (performance.now() - startedAt) / 1000,
      })
    }
    case 'saturate':
      return reply({ kind: 'result', result: await generator.saturate(command.messages, command.maxSeconds) })
    case 'paced':
      return reply({ kind: 'result', result: await generator.paced(command.ratePerSecond, command.seconds) })
    case 'close':
      generator.close()
      return reply({ kind: 'closed' })
  }
}

process.on('message', (command: LoadCommand) => {
  obey(command).catch((error: unknown) => {
    reply({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  })
})
process.on('disconnect', () => exit(0))
reply({ kind: 'ready' })
