/**
 * Widths in px of characters in the font of the editor's labels, 14 px Arial or what has its measures, without kerning:
 * measured in Chromium.
 */
const charactersByWidth: readonly (readonly [width: number, characters: string])[] = [
  [2.67, "'"],
  [3.11, 'ijl‘’'],
  [3.64, '|¦'],
  [3.89, ' !,./:;I[\\]ft·ÌÍÎÏìíîï'],
  [4.66, '()-`r¡¨²³´¸¹“”'],
  [4.68, '{}'],
  [4.9, '•'],
  [4.97, '"'],
  [5.11, 'º'],
  [5.18, 'ª'],
  [5.45, '*'],
  [5.6, '°'],
  [6.57, '^'],
  [7, 'Jcksvxyzçýÿ'],
  [7.52, '¶'],
  [7.68, '±÷'],
  [7.73, '¯'],
  [7.79, '#$0123456789?L_abdeghnopqu¢£¤¥§«»àáâãäåèéêëðñòóôõöùúûüþ–€'],
  [8.07, 'µ'],
  [8.18, '+<=>~¬×'],
  [8.55, 'FTZ¿ßø'],
  [9.34, '&ABEKPSVXYÀÁÂÃÄÅÈÉÊËÝÞ'],
  [10.11, 'CDHNRUwÇÐÑÙÚÛÜ'],
  [10.32, '©®'],
  [10.89, 'GOQÒÓÔÕÖØ'],
  [11.66, 'Mm'],
  [11.68, '¼½¾'],
  [12.45, '%æ'],
  [13.21, 'W'],
  [14, 'Æ—…→'],
  [14.21, '@'],
]
const widths: ReadonlyMap<string, number> = new Map(
  charactersByWidth.flatMap(([width, characters]) =>
    Array.from(characters, (character) => [character, width] as const),
  ),
)
/** Of a character that was not measured: few are wider. */
const fullWidth = 14

/** How wide a label's text is, at most: kerning makes some pairs of letters narrower. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += widths.get(character) ?? fullWidth
  return width
}
