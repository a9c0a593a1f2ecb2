import { RE2JS, type Matcher } from 're2js'

/**
 * What JSONata needs of a RegExp, in time linear in the text whatever the pattern: an automaton instead of backtracking.
 * @throws for what no automaton does: look-around and back-references
 */
export class LinearRegExp {
  lastIndex = 0
  readonly #compiled: RE2JS
  #text: string | undefined
  #matcher: Matcher | undefined

  constructor(pattern: Pick<RegExp, 'source' | 'ignoreCase' | 'multiline'>) {
    this.#compiled = compiled(pattern)
  }

  /** As a RegExp with the flag `g`: from `lastIndex` on, which moves behind the match. */
  exec(text: string): ((string | undefined)[] & { index: number }) | null {
    if (this.#matcher === undefined || this.#text !== text) {
      this.#matcher = this.#compiled.matcher(text)
      this.#text = text
    }
    const matcher = this.#matcher
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0
      return null
    }
    this.lastIndex = matcher.end()
    const groups = Array.from(
      { length: this.#compiled.groupCount() + 1 },
      (_, index) => matcher.group(index) ?? undefined,
    )
    return Object.assign(groups, { index: matcher.start() })
  }
}

/** By the literal of an expression, which makes an engine anew at each evaluation. */
const programs = new WeakMap<object, RE2JS>()

function compiled(pattern: Pick<RegExp, 'source' | 'ignoreCase' | 'multiline'>): RE2JS {
  const known = programs.get(pattern)
  if (known !== undefined) return known
  const flags = (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) + (pattern.multiline ? RE2JS.MULTILINE : 0)
  const program = RE2JS.compile(RE2JS.translateRegExp(pattern.source), flags)
  programs.set(pattern, program)
  return program
}
