import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Mailer } from '../../nodes/platform/mail/port.ts'
import { openSmtp } from './smtp.ts'

let server: SMTPServer
let mailer: Mailer
let mails: string[]
/** What is said to the next recipient instead of yes. */
let refusal: Error | undefined

beforeEach(async () => {
  mails = []
  refusal = undefined
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ password, username }, _, callback) =>
      username === 'user' && password === 'pass word'
        ? callback(null, { user: username })
        : callback(new Error('no')),
    onRcptTo: (_, __, callback) => callback(refusal),
    onData(stream, _, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString())
        callback()
      })
    },
  })
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  mailer = openSmtp({
    url: `smtp://user:pass%20word@127.0.0.1:${port}`,
    from: 'Plant <alerts@plant.example>',
  })
})
afterEach(async () => {
  mailer.close()
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

const mail = { to: ['ada@plant.example'], subject: 'Alert: hot', text: 'Press 1 is hot', id: 'msg_1' }

test('a mail arrives, with an id that comes again with it', async () => {
  expect(await mailer.send(mail)).toContain('250')
  expect(mails[0]).toMatch(/^From: Plant <alerts@plant\.example>$/m)
  expect(mails[0]).toMatch(/^Message-ID: <msg_1@plant\.example>$/m)
  expect(mails[0]).toMatch(/^Subject: Alert: hot$/m)
  expect(mails[0]).toContain('Press 1 is hot')
})

test('what a tenant wrote begins no header of its own', async () => {
  await mailer.send({ ...mail, subject: 'hot\r\nBcc: everybody@plant.example' })
  expect(mails[0]).not.toMatch(/^Bcc:/m)
})

test('a refusal comes with its code', async () => {
  refusal = Object.assign(new Error('no such user'), { responseCode: 550 })
  await expect(mailer.send(mail)).rejects.toMatchObject({ responseCode: 550 })
})
