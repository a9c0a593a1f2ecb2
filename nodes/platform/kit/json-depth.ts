/**
 * Whether a JSON text nests no deeper than so many levels, told without building anything of it: a text of a few kilobytes
 * can make a graph whose collection holds everybody up.
 */
export function isShallowJson(text: string, maxDepth: number): boolean {
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (isInString) {
      if (char === '\\') at += 1
      else if (char === '"') isInString = false
    } else if (char === '"') isInString = true
    else if (char === '[' || char === '{') {
      depth += 1
      if (depth > maxDepth) return false
    } else if (char === ']' || char === '}') depth -= 1
  }
  return true
}
