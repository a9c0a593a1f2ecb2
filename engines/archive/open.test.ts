import path from 'node:path'
import { expect, it } from 'vitest'
import { parseArchiveUrl } from './open.ts'

it.each([
  ['file:///var/archive', { kind: 'file', directory: '/var/archive' }],
  ['file:data/archive', { kind: 'file', directory: path.resolve('data/archive') }],
  ['s3://readings', { kind: 's3', bucket: 'readings', prefix: '' }],
  [
    's3://readings/fleet/one/?endpoint=http://minio:9000&region=eu-west-1',
    {
      kind: 's3',
      bucket: 'readings',
      prefix: 'fleet/one/',
      endpoint: 'http://minio:9000',
      region: 'eu-west-1',
    },
  ],
])('%s is understood', (text, location) => {
  expect(parseArchiveUrl(text)).toEqual(location)
})

it.each([
  ['/var/archive', /file: or s3:/],
  ['https://bucket.example', /file: or s3:/],
  ['file:', /folder/],
  ['s3://', /bucket/],
  ['s3://key:secret@bucket', /credentials/],
  ['s3://bucket?endpoint=minio:9000', /endpoint/],
  ['s3://bucket?endpoint=http://key:secret@minio:9000', /endpoint/],
  ['s3://bucket?secret=1', /secret/],
  ['s3://bucket/a b', /prefix/],
])('%s is refused', (text, reason) => {
  expect(() => parseArchiveUrl(text)).toThrow(reason)
})
