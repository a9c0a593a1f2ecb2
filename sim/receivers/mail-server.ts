import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import type { ReceiverFaults } from './faults.ts'
import type { Received } from './received.ts'

export interface MailServer extends AsyncDisposable {
  readonly port: number
}

interface MailServerParts {
  readonly host: string
  readonly port: number
  readonly faults: ReceiverFaults
  readonly received: (mail: Omit<Received, 'isRepeat'>) => void
}

/** Says no for now (RFC 5321, 4.2.2). */
const tryLater = 451
const noSuchUser = 550

/** Takes mails of whoever comes, with any name and password. */
export async function startMailServer({
  faults,
  host,
  port,
  received,
}: MailServerParts): Promise<MailServer> {
  const sockets = new Map<number, Socket>()
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onAuth: ({ username }, _, callback) => callback(null, { user: username }),
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => void taken(Buffer.concat(chunks).toString()))
      async function taken(text: string): Promise<void> {
        const fault = faults.next()
        const mail = {
          kind: 'email',
          to: session.envelope.rcptTo.map(({ address }) => address).join(', '),
          id: /^Message-ID: <(.+?)>/im.exec(text)?.[1] ?? null,
          text,
          headers: {},
        } as const
        const code = fault === 410 ? noSuchUser : tryLater
        received({ ...mail, answer: fault === undefined ? 250 : typeof fault === 'number' ? code : fault })
        if (fault === 'timeout') return
        await pause(faults.slowMs)
        if (fault === 'reset') sockets.get(session.remotePort)?.resetAndDestroy()
        else if (fault === undefined) callback(null, 'taken')
        else callback(Object.assign(new Error('on purpose'), { responseCode: code }))
      }
    },
  })
  // A client that goes away is none of our errors.
  server.on('error', () => undefined)
  const listening = server.listen(port, host)
  listening.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket
    sockets.set(remotePort, socket)
    socket.once('close', () => sockets.delete(remotePort))
  })
  await once(listening, 'listening')
  const address = listening.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.values()) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
