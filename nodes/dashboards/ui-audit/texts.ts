import { plural } from '../../../dashboards/kit/format.ts'
import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    caption: 'Who has changed what, the newest first',
    none: 'Nothing was changed that fits.',
    when: 'When',
    who: 'By',
    what: 'What',
    resource: 'Resource',
    actor: 'Id of who did it',
    action: 'Action, such as create',
    find: 'Show',
    verify: 'Verify the trail',
    intact: (count: number) =>
      `Whole: ${plural(count, 'entry is as it was', 'entries are as they were')} written.`,
    broken: (id: string) => `Broken: entry ${id} was changed, or one before it taken out.`,
    details: 'Before and after',
  },
  'pt-BR': {
    caption: 'Quem mudou o quê, o mais novo primeiro',
    none: 'Nada que corresponda foi mudado.',
    when: 'Quando',
    who: 'Por',
    what: 'O quê',
    resource: 'Recurso',
    actor: 'Id de quem fez',
    action: 'Ação, como create',
    find: 'Mostrar',
    verify: 'Verificar a trilha',
    intact: (count) =>
      `Íntegra: ${plural(count, 'registro está como foi escrito', 'registros estão como foram escritos')}.`,
    broken: (id) => `Violada: o registro ${id} foi mudado, ou um antes dele retirado.`,
    details: 'Antes e depois',
  },
  fr: {
    caption: 'Qui a modifié quoi, les plus récentes d’abord',
    none: 'Aucune modification de ce genre.',
    when: 'Quand',
    who: 'Par',
    what: 'Quoi',
    resource: 'Ressource',
    actor: 'Identifiant de l’auteur',
    action: 'Action, par exemple create',
    find: 'Afficher',
    verify: 'Vérifier le journal',
    intact: (count) =>
      `Intact : ${plural(count, 'entrée est telle qu’écrite', 'entrées sont telles qu’écrites')}.`,
    broken: (id) => `Altéré : l’entrée ${id} a été modifiée, ou une autre retirée avant elle.`,
    details: 'Avant et après',
  },
})
