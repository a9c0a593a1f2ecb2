/** The archive in a bucket, on anything that speaks S3: AWS, MinIO, Ceph. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { ArchiveUnavailable } from '../../nodes/platform/archive/errors.ts'
import { checkKey, checkPrefix } from './keys.ts'
import type { Archive, ArchivedObject } from '../../nodes/platform/archive/port.ts'

export interface S3ArchiveOptions {
  readonly bucket: string
  /** Put before each key; empty, or ending in `/`. */
  readonly prefix: string
  /** AWS itself when absent. */
  readonly endpoint?: string
  /** Default: what the environment says (`AWS_REGION`, profile), or `us-east-1`. */
  readonly region?: string
  /** How often a request is tried. */
  readonly attempts?: number
  /** How long a server may stay silent. */
  readonly timeoutMs?: number
}

/**
 * Rejects when there is no such bucket, or no access to it; with `onTrouble` it is told instead, since a server that is
 * down now may be back when it is needed. Credentials come from where the AWS SDK looks for them: `AWS_ACCESS_KEY_ID`
 * and so on, a profile, the machine's role.
 */
export async function openS3Archive(
  options: S3ArchiveOptions,
  onTrouble?: (error: ArchiveUnavailable) => void,
): Promise<Archive> {
  const timeoutMs = options.timeoutMs ?? 30_000
  const client = new S3Client({
    region: options.region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
    maxAttempts: options.attempts ?? 3,
    // Both ways: a flipped bit on the line is an error, not an archived value.
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    requestHandler: {
      connectionTimeout: Math.min(5000, timeoutMs),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  })
  const archive = new S3Archive(client, options)
  try {
    await archive.probe()
    return archive
  } catch (error) {
    if (onTrouble !== undefined && error instanceof ArchiveUnavailable) {
      onTrouble(error)
      return archive
    }
    await archive.close()
    throw error
  }
}

class S3Archive implements Archive {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(client: S3Client, { bucket, prefix }: S3ArchiveOptions) {
    this.#client = client
    this.#bucket = bucket
    this.#prefix = prefix
  }

  /** Rejects when there is no such bucket, or no access to it. */
  async probe(): Promise<void> {
    await attempt(`open bucket ${this.#bucket}`, () =>
      this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket })),
    )
  }

  async put(key: string, content: Uint8Array): Promise<void> {
    const target = this.#object(key)
    await attempt(`put ${key}`, () => this.#client.send(new PutObjectCommand({ ...target, Body: content })))
  }

  async create(key: string, content: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.#object(key), Body: content, IfNoneMatch: '*' })
    return await attempt(`create ${key}`, async () => {
      try {
        await this.#client.send(command)
        return true
      } catch (error) {
        // 409: another conditional write to the key was under way, and won.
        if (hasStatus(error, 412) || hasStatus(error, 409)) return false
        throw error
      }
    })
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const command = new GetObjectCommand({ ...this.#object(key), ChecksumMode: 'ENABLED' })
    return await attempt(`get ${key}`, () =>
      missingAsUndefined(async () => {
        const { Body } = await this.#client.send(command)
        return (await Body?.transformToByteArray()) ?? new Uint8Array(0)
      }),
    )
  }

  async read(key: string, from: number, to: number): Promise<Uint8Array | undefined> {
    const target = this.#object(key)
    return await attempt(`read ${key}`, () =>
      missingAsUndefined(async () => {
        if (to <= from) {
          await this.#client.send(new HeadObjectCommand(target))
          return new Uint8Array(0)
        }
        try {
          const { Body } = await this.#client.send(
            new GetObjectCommand({ ...target, Range: `bytes=${from}-${to - 1}` }),
          )
          return (await Body?.transformToByteArray()) ?? new Uint8Array(0)
        } catch (error) {
          if (hasStatus(error, 416)) return new Uint8Array(0)
          throw error
        }
      }),
    )
  }

  async *list(prefix: string, after?: string): AsyncGenerator<ArchivedObject> {
    checkPrefix(prefix)
    let token: string | undefined
    do {
      const page = await attempt(`list ${prefix}`, () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + prefix,
            ...(after === undefined ? {} : { StartAfter: this.#prefix + after }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      )
      for (const { Key = '', Size = 0 } of page.Contents ?? [])
        yield { key: Key.slice(this.#prefix.length), bytes: Size }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async remove(key: string): Promise<void> {
    const target = this.#object(key)
    await attempt(`remove ${key}`, () => this.#client.send(new DeleteObjectCommand(target)))
  }

  close(): Promise<void> {
    this.#client.destroy()
    return Promise.resolve()
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + checkKey(key) }
  }
}

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === status

async function missingAsUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    throw error
  }
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new ArchiveUnavailable(what, error)
  }
}
