export interface TextPosition {
  readonly line: number
  readonly column: number
}

const SPACE = /[ \t\r\n]*/y
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// eslint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

class Unexpected {
  readonly offset: number
  constructor(offset: number) {
    this.offset = offset
  }
}

function skip(text: string, offset: number, pattern: RegExp): number {
  pattern.lastIndex = offset
  if (!pattern.test(text)) throw new Unexpected(offset)
  return pattern.lastIndex
}

function token(text: string, offset: number, expected: string): number {
  if (text[offset] !== expected) throw new Unexpected(offset)
  return skip(text, offset + 1, SPACE)
}

function skipMembers(text: string, offset: number, close: string): number {
  let at = skip(text, offset + 1, SPACE)
  if (text[at] === close) return at + 1
  for (;;) {
    if (close === '}') at = token(text, skip(text, skip(text, at, STRING), SPACE), ':')
    at = skip(text, skipValue(text, at), SPACE)
    if (text[at] === close) return at + 1
    at = token(text, at, ',')
  }
}

function skipValue(text: string, offset: number): number {
  if (text[offset] === '{') return skipMembers(text, offset, '}')
  if (text[offset] === '[') return skipMembers(text, offset, ']')
  return skip(text, offset, text[offset] === '"' ? STRING : LITERAL)
}

/**
 * Where a text stops being JSON (RFC 8259), counted from 1, or undefined if it doesn't. `JSON.parse` tells the position for
 * some mistakes only.
 */
export function jsonErrorPosition(text: string): TextPosition | undefined {
  try {
    const end = skip(text, skipValue(text, skip(text, 0, SPACE)), SPACE)
    if (end === text.length) return undefined
    throw new Unexpected(end)
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error
    const before = text.slice(0, error.offset).split('\n')
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
}
