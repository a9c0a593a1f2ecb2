import { request } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly text: string
}

/** A request whose path is sent as it is, and whose body may be refused before all of it was sent. */
export function rawRequest(
  url: string,
  method: string,
  path: string,
  {
    headers = {},
    body,
  }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      // Whoever refuses a large body may close before it is through.
      response.on('error', () => undefined)
      response.once('close', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
