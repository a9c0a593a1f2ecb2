import { defineTexts } from '../../../dashboards/kit/language.ts'

export const scopeNames = defineTexts({
  'en-US': { all: 'All devices', deviceId: 'One device', classKey: 'A class', tag: 'A tag' },
  'pt-BR': {
    all: 'Todos os dispositivos',
    deviceId: 'Um dispositivo',
    classKey: 'Uma classe',
    tag: 'Uma etiqueta',
  },
  fr: {
    all: 'Tous les appareils',
    deviceId: 'Un appareil',
    classKey: 'Une classe',
    tag: 'Une étiquette',
  },
})

export const kindNames = defineTexts({
  'en-US': {
    above: 'above',
    below: 'below',
    between: 'between',
    outside: 'outside',
    equals: 'equal to',
    rate: 'changing faster than',
    deviation: 'off its average by',
    'no-data': 'nothing heard',
  },
  'pt-BR': {
    above: 'acima de',
    below: 'abaixo de',
    between: 'entre',
    outside: 'fora de',
    equals: 'igual a',
    rate: 'mudando mais que',
    deviation: 'longe da média em',
    'no-data': 'sem notícias',
  },
  fr: {
    above: 'au-dessus de',
    below: 'au-dessous de',
    between: 'entre',
    outside: 'hors de',
    equals: 'égale à',
    rate: 'change plus vite que',
    deviation: 'loin de la moyenne de',
    'no-data': 'aucune nouvelle',
  },
})

export const fieldNames = defineTexts({
  'en-US': {
    port: 'Port',
    value: 'Value',
    clearAt: 'Ends at',
    low: 'From',
    high: 'To',
    perMinute: 'A minute',
    windowMinutes: 'Average over, minutes',
    percent: 'Percent',
    forMinutes: 'For, minutes',
  },
  'pt-BR': {
    port: 'Porta',
    value: 'Valor',
    clearAt: 'Termina em',
    low: 'De',
    high: 'Até',
    perMinute: 'Por minuto',
    windowMinutes: 'Média de, minutos',
    percent: 'Por cento',
    forMinutes: 'Por, minutos',
  },
  fr: {
    port: 'Port',
    value: 'Valeur',
    clearAt: 'Finit à',
    low: 'De',
    high: 'À',
    perMinute: 'Par minute',
    windowMinutes: 'Moyenne sur, minutes',
    percent: 'Pour cent',
    forMinutes: 'Pendant, minutes',
  },
})

export const directionNames = defineTexts({
  'en-US': { rising: 'rising', falling: 'falling', either: 'either way' },
  'pt-BR': { rising: 'subindo', falling: 'descendo', either: 'nos dois sentidos' },
  fr: { rising: 'en hausse', falling: 'en baisse', either: 'dans les deux sens' },
})

export const combinationNames = defineTexts({
  'en-US': { all: 'all of them', any: 'any of them' },
  'pt-BR': { all: 'todas', any: 'qualquer uma' },
  fr: { all: 'toutes', any: 'l’une d’elles' },
})

export const spanNames = defineTexts({
  'en-US': { day: 'Last 24 hours', week: 'Last 7 days', month: 'Last 30 days' },
  'pt-BR': { day: 'Últimas 24 horas', week: 'Últimos 7 dias', month: 'Últimos 30 dias' },
  fr: { day: '24 dernières heures', week: '7 derniers jours', month: '30 derniers jours' },
})
