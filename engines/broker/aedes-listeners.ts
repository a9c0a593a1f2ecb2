import type { IncomingMessage } from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { WebSocketServer, createWebSocketStream } from 'ws'

/** Finds peers that vanished without a word where the client asked for no keepalive. */
const TCP_KEEPALIVE_MS = 60_000
const TLS_HANDSHAKE_MS = 10_000

export interface TlsListener extends tls.TlsOptions {
  readonly port: number
}

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly tls?: TlsListener | undefined
  /** Longest WebSocket message; a frame that claims more closes its connection unread. */
  readonly maxFrameBytes: number
  readonly addressOf: (request: IncomingMessage) => string
  readonly accept: (conn: Duplex, address: string, request?: IncomingMessage) => void
  readonly onError: (what: string, error: Error) => void
}

export interface Listeners {
  readonly port: number
  readonly tlsPort: number | undefined
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Takes a renewed certificate; connections stay. */
  renewCertificate(options: tls.SecureContextOptions): void
  /** Stops accepting; what is connected stays. */
  stop(): void
}

export async function openListeners(options: ListenerOptions): Promise<Listeners> {
  const { host, accept } = options
  const onSocket = (socket: net.Socket): void => accept(socket, socket.remoteAddress ?? '')
  const tcpOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS }
  const plain = net.createServer(tcpOptions, onSocket)
  const port = await listen(plain, host, options.port)
  plain.on('error', (error) => options.onError('tcp', error))
  const secure = options.tls
    ? tls.createServer({ ...tcpOptions, handshakeTimeout: TLS_HANDSHAKE_MS, ...options.tls }, onSocket)
    : undefined
  const tlsPort = secure && options.tls ? await listen(secure, host, options.tls.port) : undefined
  secure?.on('error', (error) => options.onError('tls', error))
  secure?.on('tlsClientError', (error) => options.onError('tls client', error))
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // MQTT-6.0.0-4: the server selects `mqtt`; of a client that knows only the name of before, that.
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
    maxPayload: options.maxFrameBytes,
  })
  return {
    port,
    tlsPort,
    handleUpgrade(request, socket, head) {
      if (!offersMqtt(request)) {
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        return
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        accept(createWebSocketStream(webSocket), options.addressOf(request), request),
      )
    },
    renewCertificate: (context) => secure?.setSecureContext(context),
    stop() {
      plain.close()
      secure?.close()
    },
  }
}

/** As the standard has it since 3.1.1, and as clients of 3.1 were told. */
const subprotocols = ['mqtt', 'mqttv3.1']

/** MQTT-6.0.0-3: the client offers one of them among its subprotocols. */
function offersMqtt(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((name) => subprotocols.includes(name.trim()))
}

async function listen(server: net.Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  await promise
  server.removeListener('error', reject)
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : port
}

/** SHA-256 of the certificate that the client has shown, where an authority of ours stands for it. */
export const verifiedCertificate = (conn: Duplex): string | undefined =>
  conn instanceof tls.TLSSocket && conn.authorized ? conn.getPeerX509Certificate()?.fingerprint256 : undefined
