import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    map: 'Devices on a map',
    cluster: (count: string) => `${count} devices, zoom in`,
    without: (count: string, isOne: boolean) =>
      `${count} ${isOne ? 'device has' : 'devices have'} no location.`,
    nowhere: 'No device has a location yet.',
    nowhereHint: 'Give one with PATCH /api/v1/devices/{id} {"location": {"latitude": …, "longitude": …}}.',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
  },
  'pt-BR': {
    map: 'Dispositivos no mapa',
    cluster: (count) => `${count} dispositivos, aproxime`,
    without: (count, isOne) =>
      `${count} ${isOne ? 'dispositivo não tem' : 'dispositivos não têm'} localização.`,
    nowhere: 'Nenhum dispositivo tem localização ainda.',
    nowhereHint: 'Informe com PATCH /api/v1/devices/{id} {"location": {"latitude": …, "longitude": …}}.',
    zoomIn: 'Aproximar',
    zoomOut: 'Afastar',
  },
  fr: {
    map: 'Appareils sur une carte',
    cluster: (count) => `${count} appareils, agrandir`,
    without: (count, isOne) => `${count} ${isOne ? 'appareil n’a' : 'appareils n’ont'} pas d’emplacement.`,
    nowhere: 'Aucun appareil n’a encore d’emplacement.',
    nowhereHint:
      'Donnez-en un avec PATCH /api/v1/devices/{id} {"location": {"latitude": …, "longitude": …}}.',
    zoomIn: 'Agrandir',
    zoomOut: 'Réduire',
  },
})
