import type { AlertView } from '../alerts/alert.ts'
import type { Language } from './channel.ts'

export const noticeTypes = [
  'alert.firing',
  'alert.acknowledged',
  'alert.escalated',
  'alert.resolved',
  'alert.flood',
  'channel.test',
] as const
export type NoticeType = (typeof noticeTypes)[number]

export interface Words {
  readonly title: string
  readonly text: string
}

interface Phrases {
  readonly titles: Readonly<Record<NoticeType, string>>
  readonly severities: Readonly<Record<AlertView['severity'], string>>
  readonly rule: string
  readonly device: string
  readonly severity: string
  readonly since: string
  readonly until: string
  readonly test: string
  readonly flood: string
}

const phrases: Readonly<Record<Language, Phrases>> = {
  en: {
    titles: {
      'alert.firing': 'Alert',
      'alert.acknowledged': 'Taken care of',
      'alert.escalated': 'Nobody has taken care of this',
      'alert.resolved': 'Resolved',
      'alert.flood': 'Many alerts',
      'channel.test': 'Test message',
    },
    severities: { info: 'information', warning: 'warning', critical: 'critical' },
    rule: 'Rule',
    device: 'Device',
    severity: 'Severity',
    since: 'Since',
    until: 'Until',
    test: 'This channel works.',
    flood: 'More alerts than can be told one by one: look at the list.',
  },
  pt: {
    titles: {
      'alert.firing': 'Alerta',
      'alert.acknowledged': 'Assumido',
      'alert.escalated': 'Ninguém assumiu este alerta',
      'alert.resolved': 'Encerrado',
      'alert.flood': 'Muitos alertas',
      'channel.test': 'Mensagem de teste',
    },
    severities: { info: 'informação', warning: 'aviso', critical: 'crítico' },
    rule: 'Regra',
    device: 'Dispositivo',
    severity: 'Gravidade',
    since: 'Desde',
    until: 'Até',
    test: 'Este canal funciona.',
    flood: 'Mais alertas do que se pode avisar um a um: veja a lista.',
  },
  fr: {
    titles: {
      'alert.firing': 'Alerte',
      'alert.acknowledged': 'Prise en charge',
      'alert.escalated': 'Personne ne s’en est chargé',
      'alert.resolved': 'Close',
      'alert.flood': 'Beaucoup d’alertes',
      'channel.test': 'Message d’essai',
    },
    severities: { info: 'information', warning: 'avertissement', critical: 'critique' },
    rule: 'Règle',
    device: 'Appareil',
    severity: 'Gravité',
    since: 'Depuis',
    until: 'Jusqu’à',
    test: 'Ce canal fonctionne.',
    flood: 'Plus d’alertes qu’on ne peut en annoncer une à une : voyez la liste.',
  },
}

/** A line break in what a tenant has written would begin another header of a mail. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

export function wordsOfTest(language: Language): Words {
  const { test, titles } = phrases[language]
  return { title: titles['channel.test'], text: test }
}

export function wordsOfFlood(language: Language): Words {
  const { flood, titles } = phrases[language]
  return { title: titles['alert.flood'], text: flood }
}

/** What people read about an alert. */
export function wordsOf(type: NoticeType, alert: AlertView, deviceName: string, language: Language): Words {
  const { device, rule, severities, severity, since, titles, until } = phrases[language]
  const lines = [
    alert.message,
    '',
    `${rule}: ${alert.ruleName}`,
    `${device}: ${deviceName} (${alert.deviceId})`,
    `${severity}: ${severities[alert.severity]}`,
    `${since}: ${alert.firedAt}`,
    ...(alert.resolvedAt === null ? [] : [`${until}: ${alert.resolvedAt}`]),
  ]
  return { title: oneLine(`${titles[type]}: ${alert.message}`), text: lines.join('\n') }
}
