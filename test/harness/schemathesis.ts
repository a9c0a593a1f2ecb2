import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { ApiClient } from './api-client.ts'
import { makeTempDir, removeTempDir } from './temp-dir.ts'

const command = process.env['SCHEMATHESIS'] ?? 'schemathesis'

/** Why the API cannot be held against its description; undefined when it can. */
export const missingSchemathesis: string | undefined =
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'schemathesis is not on the PATH: pip install schemathesis'
if (missingSchemathesis !== undefined && process.env['CI'] !== undefined) throw new Error(missingSchemathesis)

const maxComplaintsChars = 20_000

export interface Holding {
  readonly url: string
  readonly api: ApiClient
  readonly headers: Readonly<Record<string, string>>
  /** Ids of operations. */
  readonly only: readonly string[]
  readonly seed: number
  /** Of requests for each operation at random, beyond those that go through each of its parts. */
  readonly examples: number
  readonly seconds: number
}

/** Holds a running API against what it says of itself: resolves with what schemathesis says about it, and what of that are complaints. */
export async function holdAgainstDescription({
  api,
  examples,
  headers,
  only,
  seconds,
  seed,
  url,
}: Holding): Promise<{ readonly complaints: string; readonly report: string }> {
  const folder = makeTempDir('schemathesis')
  const file = path.join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(withPlainLists(await api.get(z.json(), '/api/v1/openapi.json'))))
  writeFileSync(path.join(folder, 'schemathesis.toml'), configuration)
  const child = spawn(
    command,
    [
      'run',
      file,
      '--url',
      url,
      '--no-color',
      '--continue-on-failure',
      '--no-shrink',
      '--phases',
      'coverage,fuzzing',
      '--max-examples',
      String(examples),
      '--seed',
      String(seed),
      '--max-time',
      String(seconds),
      '--request-timeout',
      '30',
      '--generation-database',
      'none',
      // How easily it makes requests up says nothing about the API.
      '--suppress-health-check',
      'all',
      '--checks',
      checks.join(','),
      ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ...only.flatMap((id) => ['--include-operation-id', id]),
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let report = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (report += text))
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  removeTempDir(folder)
  return { complaints: code === 0 ? '' : complaintsIn(report), report }
}

/** By what a request that is not as described may be refused: of what is too long the server does not read what it is. */
const configuration = `[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429, 431]
`

/** Without its warnings, which are many and about what it could not make up. */
const complaintsIn = (report: string): string =>
  (/=+ (?:FAILURES|ERRORS) =+[^]*?(?==+ WARNINGS =+)/.exec(report)?.[0] ?? report).slice(
    0,
    maxComplaintsChars,
  )

/**
 * Not that bodies which are as described pass: a schema says nothing of what has to exist.
 */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'missing_required_header',
  'negative_data_rejection',
  'ignored_auth',
  'use_after_free',
]

/** A tuple as a list of either: of answers schemathesis 4.32 takes `prefixItems` for the `items` of earlier drafts, and refuses them. */
function withPlainLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlainLists)
  if (typeof value !== 'object' || value === null) return value
  const plain = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withPlainLists(each)]))
  if (!Array.isArray(plain['prefixItems'])) return plain
  const { prefixItems: anyOf, ...rest } = plain
  return { ...rest, items: { anyOf } }
}
