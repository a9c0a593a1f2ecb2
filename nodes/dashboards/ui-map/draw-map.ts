import {
  divIcon,
  geoJSON,
  layerGroup,
  type Map as LeafletMap,
  type Marker,
  map as makeMap,
  marker,
  tileLayer,
  control,
} from 'leaflet'
import Supercluster from 'supercluster'
import { feature } from 'topojson-client'
import { formatNumber } from '../../../dashboards/kit/format.ts'
import { texts as common } from '../../../dashboards/kit/texts.ts'
import { texts } from './texts.ts'

export interface PlacedDevice {
  readonly id: string
  readonly name: string
  readonly latitude: number
  readonly longitude: number
  readonly online: boolean
}

export interface DeviceMap {
  /** @param isNew moves the view so that all are in it */
  show(devices: readonly PlacedDevice[], isNew: boolean): void
  destroy(): void
}

export interface MapOptions {
  readonly tiles: string
  readonly onDevice: (id: string) => void
  /** These stand alone in what can be seen. */
  readonly onSight: (ids: readonly string[]) => void
}

type Topology = Parameters<typeof feature>[0]

/** Built beside the library of widgets; asked for only where there is a map. */
const countriesUrl = '/editor/resources/node-red-contrib-fleetloom/countries.json'
const maxZoom = 18
const clusterPx = 60

/** Nothing of it comes from elsewhere: outlines of countries from this server, or its own tiles. */
export function drawMap(container: HTMLElement, { onDevice, onSight, tiles }: MapOptions): DeviceMap {
  const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches
  const drawn: LeafletMap = makeMap(container, {
    zoomControl: false,
    attributionControl: false,
    worldCopyJump: true,
    minZoom: 1,
    maxZoom,
    zoomAnimation: !reduced,
    fadeAnimation: !reduced,
  }).setView([20, 0], 2)
  control.zoom({ zoomInTitle: texts.zoomIn, zoomOutTitle: texts.zoomOut }).addTo(drawn)
  control.scale().addTo(drawn)
  const left = new AbortController()
  if (tiles === '') void outline(drawn, left.signal)
  else tileLayer(tiles, { maxZoom }).addTo(drawn)
  const places = layerGroup().addTo(drawn)
  const drawnMarkers = new Map<string, Marker>()
  let index = new Supercluster<PlacedDevice>({ radius: clusterPx, maxZoom: maxZoom - 1 })

  function redraw(): void {
    const bounds = drawn.getBounds().pad(0.1)
    const box: [number, number, number, number] = [
      bounds.getWest(),
      bounds.getSouth(),
      bounds.getEast(),
      bounds.getNorth(),
    ]
    const alone: string[] = []
    const kept = new Set<string>()
    // What is there already stays: a marker that is made anew loses the keyboard's focus.
    const keep = (key: string, make: () => Marker, press: () => void): void => {
      kept.add(key)
      if (drawnMarkers.has(key)) return
      const made = make()
        .on('click', press)
        .on('keypress', ({ originalEvent }) => {
          if (originalEvent.key === 'Enter' || originalEvent.key === ' ') press()
        })
      drawnMarkers.set(key, made.addTo(places))
    }
    for (const each of index.getClusters(box, drawn.getZoom())) {
      const [longitude = 0, latitude = 0] = each.geometry.coordinates
      const { properties } = each
      if ('cluster_id' in properties) {
        const count = formatNumber(properties.point_count, 0)
        const zoom = index.getClusterExpansionZoom(properties.cluster_id)
        keep(
          `${latitude} ${longitude} ${count}`,
          () =>
            marker([latitude, longitude], {
              icon: divIcon({ className: 'fl-map__cluster', html: count, iconSize: [40, 40] }),
              title: texts.cluster(properties.point_count),
            }),
          () => drawn.setView([latitude, longitude], zoom),
        )
      } else {
        const { id, name, online } = properties
        alone.push(id)
        const className = `fl-map__device fl-map__device--${online ? 'online' : 'offline'}`
        keep(
          `${id} ${latitude} ${longitude} ${name} ${online}`,
          () =>
            marker([latitude, longitude], {
              icon: divIcon({ className, iconSize: [24, 24] }),
              title: `${name} · ${online ? common.online : common.offline}`,
            }),
          () => onDevice(id),
        )
      }
    }
    for (const [key, gone] of drawnMarkers) {
      if (kept.has(key)) continue
      gone.remove()
      drawnMarkers.delete(key)
    }
    onSight(alone)
  }
  drawn.on('moveend', redraw)
  const resizing = new ResizeObserver(() => drawn.invalidateSize())
  resizing.observe(container)

  return {
    show(devices, isNew) {
      index = new Supercluster<PlacedDevice>({ radius: clusterPx, maxZoom: maxZoom - 1 }).load(
        devices.map((device) => ({
          type: 'Feature',
          properties: device,
          geometry: { type: 'Point', coordinates: [device.longitude, device.latitude] },
        })),
      )
      if (isNew && devices.length > 0)
        drawn.fitBounds(
          devices.map(({ latitude, longitude }) => [latitude, longitude]),
          { maxZoom: 12, padding: [40, 40], animate: false },
        )
      redraw()
    },
    destroy() {
      left.abort()
      resizing.disconnect()
      drawn.remove()
    },
  }
}

async function outline(drawn: LeafletMap, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(countriesUrl, { signal })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of our own build
    const topology = (await response.json()) as Topology
    const { countries } = topology.objects
    if (countries === undefined || signal.aborted) return
    geoJSON(feature(topology, countries), { interactive: false, style: { className: 'fl-map__country' } })
      .addTo(drawn)
      .bringToBack()
  } catch {
    // Without outlines the devices are still where they are.
  }
}
