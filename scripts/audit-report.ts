import { z } from 'zod'

const advisorySchema = z.object({ title: z.string(), url: z.string(), severity: z.string() })
/** Of `npm audit --json`: each package with what is wrong with it, or the names of those through which it is. */
const reportSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisorySchema])) })),
})
const troubleSchema = z.object({ message: z.string(), statusCode: z.int().optional() })

/** An advisory that is known and lived with. It is looked at again when its day has come. */
export const exceptionsSchema = z.array(
  z.strictObject({
    advisory: z.string().regex(/^GHSA(-[0-9a-z]{4}){3}$/),
    why: z.string().min(20),
    until: z.iso.date(),
  }),
)
export type Exception = z.output<typeof exceptionsSchema>[number]

export type Verdict =
  /** What has to be done about; nothing when all is well. */
  | { readonly kind: 'audited'; readonly findings: readonly string[] }
  /** Nobody could be asked. `hasAudit` is false for a registry that answers, and knows no advisories. */
  | { readonly kind: 'unknown'; readonly why: string; readonly hasAudit: boolean }

/** The statuses of a registry that has no such route, as mirrors have none. */
const withoutRoute = new Set([404, 405, 501])

/**
 * What `npm audit --json` has said, held against the exceptions: an advisory without one, an exception whose day is past,
 * and one for nothing any more are findings.
 * @param today as `YYYY-MM-DD`
 */
export function judgeAudit(output: unknown, exceptions: readonly Exception[], today: string): Verdict {
  const report = reportSchema.safeParse(output)
  if (!report.success) {
    const trouble = troubleSchema.safeParse(output).data
    return {
      kind: 'unknown',
      why: trouble?.message ?? 'npm audit said nothing that can be read',
      hasAudit: !withoutRoute.has(trouble?.statusCode ?? 0),
    }
  }
  const found = new Map<string, string>()
  for (const [name, { via }] of Object.entries(report.data.vulnerabilities)) {
    for (const each of via) {
      if (typeof each === 'string') continue
      const advisory = each.url.slice(each.url.lastIndexOf('/') + 1)
      found.set(advisory, `${name}: ${each.title} (${each.severity}, ${each.url})`)
    }
  }
  const excepted = new Set(exceptions.map(({ advisory }) => advisory))
  return {
    kind: 'audited',
    findings: [
      ...[...found].filter(([advisory]) => !excepted.has(advisory)).map(([, finding]) => finding),
      ...exceptions.flatMap(({ advisory, until }) => {
        if (!found.has(advisory)) return [`${advisory}: the exception is for nothing any more`]
        return until < today ? [`${advisory}: the exception ended on ${until}`] : []
      }),
    ],
  }
}
