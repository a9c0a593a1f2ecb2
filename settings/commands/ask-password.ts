import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** A line that whoever types it can put right by trying again. */
export class NoPassword extends Error {
  override readonly name = 'NoPassword'
}

/**
 * Asks at a terminal, twice and without showing it; elsewhere it is what stdin has, up to its end, without the line's. Never
 * from an argument: other users of the machine see those. @throws NoPassword
 */
export async function askPassword(
  input: NodeJS.ReadStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  const password = input.isTTY ? await askTwice(input, output) : (await text(input)).replace(/\r?\n$/, '')
  if (password === '') throw new NoPassword('There is no password: type one, or pipe it in.')
  return password
}

async function askTwice(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  try {
    output.write('Password: ')
    const first = await lines.question('')
    output.write('\nThe same again: ')
    const second = await lines.question('')
    output.write('\n')
    if (first !== second) throw new NoPassword('Those were two different ones.')
    return first
  } finally {
    lines.close()
  }
}
