import { fileURLToPath } from 'node:url'
import path from 'node:path'
import type { ArchiveUnavailable } from '../../nodes/platform/archive/errors.ts'
import { openFileArchive } from './file.ts'
import type { Archive } from '../../nodes/platform/archive/port.ts'
import type { S3ArchiveOptions } from './s3.ts'

/** Where the archive is, as `ARCHIVE_URL` says it. */
export type ArchiveLocation =
  | { readonly kind: 'file'; readonly directory: string }
  | ({ readonly kind: 's3' } & S3ArchiveOptions)

/**
 * `file:relative/folder`, `file:///absolute/folder`, or
 * `s3://bucket/prefix?endpoint=http://localhost:9000&region=eu-west-1`.
 * @throws RangeError in words for whoever wrote the URL
 */
export function parseArchiveUrl(text: string): ArchiveLocation {
  if (!URL.canParse(text)) throw new RangeError('must be a URL that begins with file: or s3:')
  const url = new URL(text)
  if (url.protocol === 'file:') {
    const isRelative = !text.slice('file:'.length).startsWith('/')
    const directory = isRelative ? decodeURIComponent(text.slice('file:'.length)) : fileURLToPath(url)
    if (directory === '') throw new RangeError('names no folder')
    return { kind: 'file', directory: path.resolve(directory) }
  }
  if (url.protocol !== 's3:') throw new RangeError('must begin with file: or s3:')
  if (url.username !== '' || url.password !== '')
    throw new RangeError('must not have credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) throw new RangeError('names no bucket')
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'endpoint' && name !== 'region')
  if (unknown !== undefined) throw new RangeError(`${unknown}: only endpoint and region can be given`)
  const prefix = url.pathname.replaceAll(/^\/+|\/+$/g, '')
  if (prefix !== '' && !/^[A-Za-z0-9._=/-]+$/.test(prefix))
    throw new RangeError('the prefix may have letters, digits, . _ = - and / only')
  const endpoint = url.searchParams.get('endpoint')
  if (endpoint !== null && !/^https?:\/\/[^@]+$/.test(endpoint))
    throw new RangeError('endpoint: must begin with http:// or https://, without credentials')
  const region = url.searchParams.get('region')
  return {
    kind: 's3',
    bucket: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
  }
}

/**
 * The client of S3 is loaded only where it is wanted: it is a megabyte of code.
 * @param onTrouble told when a server cannot be reached now; without it that rejects
 */
export async function openArchive(
  location: ArchiveLocation,
  onTrouble?: (error: ArchiveUnavailable) => void,
): Promise<Archive> {
  if (location.kind === 'file') return openFileArchive(location.directory)
  const { openS3Archive } = await import('./s3.ts')
  return openS3Archive(location, onTrouble)
}
