import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    state: 'State',
    lastSeen: 'Last seen',
    serial: (number: string) => `serial number ${number}`,
    disabled: 'disabled',
  },
  'pt-BR': {
    state: 'Estado',
    lastSeen: 'Visto por último',
    serial: (number) => `número de série ${number}`,
    disabled: 'desativado',
  },
  fr: {
    state: 'État',
    lastSeen: 'Vu',
    serial: (number) => `numéro de série ${number}`,
    disabled: 'désactivé',
  },
})
