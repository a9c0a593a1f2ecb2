import path from 'node:path'
import { type ArchiveLocation, openArchive, parseArchiveUrl } from '../engines/archive/open.ts'
import type { Archive } from '../nodes/platform/archive/port.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Settings } from './env.ts'

type ArchiveSettings = Pick<Settings, 'ARCHIVE_URL' | 'DATA_DIR'>

export const archiveLocation = (settings: ArchiveSettings): ArchiveLocation =>
  settings.ARCHIVE_URL === undefined
    ? { kind: 'file', directory: path.join(settings.DATA_DIR, 'archive') }
    : parseArchiveUrl(settings.ARCHIVE_URL)

/** The archive of the settings; one that cannot be reached now is no reason not to start. */
export const openArchiveOf = (settings: ArchiveSettings, log: Logger): Promise<Archive> =>
  openArchive(archiveLocation(settings), (error) =>
    log.warn({ err: error }, 'The archive cannot be reached; it will be tried when it is needed'),
  )
