import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    caption: 'Open alerts',
    none: 'No open alerts.',
    /** There are more than were counted. */
    atLeast: (count: string) => `${count}+`,
    all: 'All alerts',
  },
  'pt-BR': {
    caption: 'Alertas abertos',
    none: 'Nenhum alerta aberto.',
    atLeast: (count) => `${count}+`,
    all: 'Todos os alertas',
  },
  fr: {
    caption: 'Alertes ouvertes',
    none: 'Aucune alerte ouverte.',
    atLeast: (count) => `${count}+`,
    all: 'Toutes les alertes',
  },
})
