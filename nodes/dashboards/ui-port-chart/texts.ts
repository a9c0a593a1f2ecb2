import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    loading: 'Loading…',
    failed: 'Could not be loaded, trying again…',
    nothing: 'No readings in this time',
    figures: (min: string, average: string, max: string) =>
      `Lowest ${min} · Average ${average} · Highest ${max}`,
    timeRange: 'Time range',
    paused: 'The connection is lost, so the charts are paused. They go on by themselves when it is back.',
    silent: (names: string) => `No readings yet: ${names}.`,
    port: (port: number) => `Port ${port}`,
  },
  'pt-BR': {
    loading: 'Carregando…',
    failed: 'Não foi possível carregar; tentando de novo…',
    nothing: 'Sem leituras neste período',
    figures: (min, average, max) => `Mínimo ${min} · Média ${average} · Máximo ${max}`,
    timeRange: 'Período',
    paused: 'A conexão caiu, e os gráficos estão em pausa. Eles continuam sozinhos quando ela voltar.',
    silent: (names) => `Ainda sem leituras: ${names}.`,
    port: (port) => `Porta ${port}`,
  },
  fr: {
    loading: 'Chargement…',
    failed: 'Chargement impossible, nouvel essai…',
    nothing: 'Aucune lecture pendant cette période',
    figures: (min, average, max) => `Minimum ${min} · Moyenne ${average} · Maximum ${max}`,
    timeRange: 'Période',
    paused: 'La connexion est perdue, les graphiques sont en pause. Ils reprendront d’eux-mêmes.',
    silent: (names) => `Aucune lecture : ${names}.`,
    port: (port) => `Port ${port}`,
  },
})
