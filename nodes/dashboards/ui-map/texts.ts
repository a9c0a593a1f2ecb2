import { plural } from '../../../dashboards/kit/format.ts'
import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    map: 'Devices on a map',
    cluster: (count: number) => `${plural(count, 'device', 'devices')}, zoom in`,
    without: (count: number) => `${plural(count, 'device has', 'devices have')} no location.`,
    nowhere: 'No device has a location yet.',
    nowhereHint: 'Give one with PATCH /api/v1/devices/{id} {"location": {"latitude": …, "longitude": …}}.',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
  },
  'pt-BR': {
    map: 'Dispositivos no mapa',
    cluster: (count) => `${plural(count, 'dispositivo', 'dispositivos')}, aproxime`,
    without: (count) => `${plural(count, 'dispositivo não tem', 'dispositivos não têm')} localização.`,
    nowhere: 'Nenhum dispositivo tem localização ainda.',
    nowhereHint: 'Informe com PATCH /api/v1/devices/{id} {"location": {"latitude": …, "longitude": …}}.',
    zoomIn: 'Aproximar',
    zoomOut: 'Afastar',
  },
  fr: {
    map: 'Appareils sur une carte',
    cluster: (count) => `${plural(count, 'appareil', 'appareils')}, agrandir`,
    without: (count) => `${plural(count, 'appareil n’a', 'appareils n’ont')} pas d’emplacement.`,
    nowhere: 'Aucun appareil n’a encore d’emplacement.',
    nowhereHint:
      'Donnez-en un avec PATCH /api/v1/devices/{id} {"location": {"latitude": …, "longitude": …}}.',
    zoomIn: 'Agrandir',
    zoomOut: 'Réduire',
  },
})
