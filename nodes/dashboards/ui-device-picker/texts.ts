import { plural } from '../../../dashboards/kit/format.ts'
import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    device: 'Device',
    choose: 'Choose a device',
    none: 'No device matches.',
    more: (count: number) => `and ${plural(count, 'more', 'more')}: type to find them`,
    noDevices: 'No devices yet',
  },
  'pt-BR': {
    device: 'Dispositivo',
    choose: 'Escolha um dispositivo',
    none: 'Nenhum dispositivo corresponde.',
    more: (count) => `e ${plural(count, 'outro', 'outros')}: digite para encontrar`,
    noDevices: 'Ainda não há dispositivos',
  },
  fr: {
    device: 'Appareil',
    choose: 'Choisissez un appareil',
    none: 'Aucun appareil ne correspond.',
    more: (count) => `et ${plural(count, 'autre', 'autres')} : tapez pour trouver`,
    noDevices: 'Aucun appareil',
  },
})
