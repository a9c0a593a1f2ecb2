import type { Finding } from './lint.ts'

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function line({ severity, rule, nodeId, nodeType, nodeName, message }: Finding): string {
  const who = nodeName === '' ? nodeType : `${nodeType} "${nodeName}"`
  return `  ${severity.padEnd('warning'.length)}  ${who} (${nodeId}): ${message}  [${rule}]`
}

/** Findings for a terminal: under the heading of their file, with a count at the end. */
export function formatFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Flows: nothing to complain about.\n'
  const sections = [...Map.groupBy(findings, ({ file, tab }) => `${file} (${tab})`)].map(
    ([heading, own]) => `${heading}\n${own.map(line).join('\n')}\n`,
  )
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const total = `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`
  return `${sections.join('\n')}\n${total}\n`
}
