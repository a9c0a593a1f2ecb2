/** Comma-separated values as of RFC 4180, safe to open in a spreadsheet. */

/** Spreadsheets take text that begins so for a formula, and may run it. */
const formula = /^[=+\-@\t\r]/

/** Numbers are written as they are; text that a spreadsheet would compute gets an apostrophe in front. */
export function csvCells(cells: readonly (string | number)[]): string {
  return cells.map((cell) => (typeof cell === 'number' ? String(cell) : textCell(cell))).join(',')
}

export const csvRowEnd = '\r\n'

function textCell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return safe === text && !/[",\r\n]/.test(text) ? text : `"${safe.replaceAll('"', '""')}"`
}
