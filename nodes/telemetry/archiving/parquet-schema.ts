import type { SchemaElement } from 'hyparquet'

/** Rows of a row group: what a reader takes for one device at least, and what is encoded in one go. */
export const rowGroupRows = 8192

const required = (
  name: string,
  type: 'INT32' | 'INT64' | 'DOUBLE' | 'BYTE_ARRAY',
  more: Partial<SchemaElement> = {},
): SchemaElement => ({ name, type, repetition_type: 'REQUIRED', ...more })

const text: Partial<SchemaElement> = { converted_type: 'UTF8', logical_type: { type: 'STRING' } }
const instant: Partial<SchemaElement> = {
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
}

/** The organization and the day are in the path. */
export const partSchema: SchemaElement[] = [
  { name: 'readings', num_children: 7 },
  required('deviceId', 'BYTE_ARRAY', text),
  required('port', 'INT32'),
  required('ts', 'INT64', instant),
  required('rawValue', 'DOUBLE'),
  required('calibratedValue', 'DOUBLE'),
  required('quality', 'BYTE_ARRAY', text),
  required('ingestTs', 'INT64', instant),
]
