/** The first is the source language: Node-RED falls back to it. */
export const languages = ['en-US', 'pt-BR', 'fr'] as const
export type Language = (typeof languages)[number]
export const sourceLanguage: Language = 'en-US'
