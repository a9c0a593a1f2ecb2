import type { Server } from 'node:http'
import { createSecureContext, Server as TlsServer } from 'node:tls'
import type { Logger } from '../../nodes/platform/logger.ts'
import { followFiles } from '../../nodes/platform/follow-files.ts'
import { readTls, type TlsFiles, type TlsSettings } from './read-tls.ts'

export interface FollowTlsParts {
  readonly settings: TlsSettings
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly server: Server
  /** For others that speak it. */
  readonly renewed: (tls: TlsFiles) => void
}

/**
 * Takes up renewed certificates; connections stay. Half of a renewal (a certificate whose key is not there yet) is waited
 * out. The result ends it.
 */
export function followTls({ log, renewed, server, settings }: FollowTlsParts): () => void {
  const files = [settings.TLS_CERT, settings.TLS_KEY, settings.TLS_CLIENT_CA].filter(
    (file) => file !== undefined,
  )
  const take = async (): Promise<void> => {
    const tls = await readTls(settings)
    if (tls === undefined) return
    // Throws for a key that is not the certificate's.
    createSecureContext({ cert: tls.cert, key: tls.key })
    if (server instanceof TlsServer) server.setSecureContext({ cert: tls.cert, key: tls.key })
    renewed(tls)
    log.info({ files }, 'renewed certificates are in use')
  }
  const changed = (): void => {
    take().catch((error: unknown) =>
      log.warn({ err: error }, 'changed certificates cannot be used; those of before stay in use'),
    )
  }
  return followFiles(files, changed)
}
