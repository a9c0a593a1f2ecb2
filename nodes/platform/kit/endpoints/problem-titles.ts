import type { ByLanguage } from '../language.ts'

/** What each status that we answer with is called. */
export const problemTitles: Readonly<Record<number, ByLanguage<string>>> = {
  400: { 'en-US': 'Bad request', 'pt-BR': 'Requisição inválida', fr: 'Requête incorrecte' },
  401: { 'en-US': 'Not authenticated', 'pt-BR': 'Não autenticado', fr: 'Non authentifié' },
  403: { 'en-US': 'Not allowed', 'pt-BR': 'Não permitido', fr: 'Non autorisé' },
  404: { 'en-US': 'Not found', 'pt-BR': 'Não encontrado', fr: 'Introuvable' },
  405: { 'en-US': 'Method not allowed', 'pt-BR': 'Método não permitido', fr: 'Méthode non autorisée' },
  408: { 'en-US': 'Took too long', 'pt-BR': 'Demorou demais', fr: 'Délai dépassé' },
  409: { 'en-US': 'Conflict', 'pt-BR': 'Conflito', fr: 'Conflit' },
  412: {
    'en-US': 'Precondition failed',
    'pt-BR': 'Pré-condição não atendida',
    fr: 'Précondition non remplie',
  },
  413: { 'en-US': 'Too large', 'pt-BR': 'Grande demais', fr: 'Trop volumineux' },
  415: {
    'en-US': 'Unsupported media type',
    'pt-BR': 'Tipo de mídia não suportado',
    fr: 'Type de média non pris en charge',
  },
  417: { 'en-US': 'Expectation failed', 'pt-BR': 'Expectativa não atendida', fr: 'Attente non satisfaite' },
  422: { 'en-US': 'Not processable', 'pt-BR': 'Não processável', fr: 'Impossible à traiter' },
  429: { 'en-US': 'Too many requests', 'pt-BR': 'Requisições demais', fr: 'Trop de requêtes' },
  431: { 'en-US': 'Headers too large', 'pt-BR': 'Cabeçalhos grandes demais', fr: 'En-têtes trop volumineux' },
  500: { 'en-US': 'Internal error', 'pt-BR': 'Erro interno', fr: 'Erreur interne' },
  503: {
    'en-US': 'Temporarily unavailable',
    'pt-BR': 'Indisponível no momento',
    fr: 'Momentanément indisponible',
  },
}

/** Of a status that nobody thought of. */
export const otherTitle: ByLanguage<string> = { 'en-US': 'Error', 'pt-BR': 'Erro', fr: 'Erreur' }
