import { defineTexts } from '../kit/language.ts'
import type { AlertView } from '../kit/views.ts'

export type Severity = AlertView['severity']

/** The worst first. */
export const severities = ['critical', 'warning', 'info'] as const satisfies readonly Severity[]

export const severityTexts = defineTexts({
  'en-US': { critical: 'Critical', warning: 'Warning', info: 'Information' },
  'pt-BR': { critical: 'Crítico', warning: 'Aviso', info: 'Informação' },
  fr: { critical: 'Critique', warning: 'Avertissement', info: 'Information' },
})
