import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    device: 'Device',
    choose: 'Choose a device',
    none: 'No device matches.',
    more: (count: string) => `and ${count} more: type to find them`,
    noDevices: 'No devices yet',
  },
  'pt-BR': {
    device: 'Dispositivo',
    choose: 'Escolha um dispositivo',
    none: 'Nenhum dispositivo corresponde.',
    more: (count) => `e mais ${count}: digite para encontrar`,
    noDevices: 'Ainda não há dispositivos',
  },
  fr: {
    device: 'Appareil',
    choose: 'Choisissez un appareil',
    none: 'Aucun appareil ne correspond.',
    more: (count) => `et ${count} autres : tapez pour les trouver`,
    noDevices: 'Aucun appareil',
  },
})
