import { defineTexts } from '../../../dashboards/kit/language.ts'

export const texts = defineTexts({
  'en-US': {
    day: 'Day',
    earlier: 'Day before',
    later: 'Next day',
    caption: 'Bookings by pod, each on the clock of its pod',
    none: 'There are no pods to book yet.',
    how: 'Drag a booking to another time or pod, or go to it and use the arrow keys, then Enter; Escape leaves it where it was.',
    wanted: (pod: string, time: string) => `To ${pod}, ${time}: press Enter.`,
    moved: 'It was moved.',
    out: 'There is no pod there.',
  },
  'pt-BR': {
    day: 'Dia',
    earlier: 'Dia anterior',
    later: 'Dia seguinte',
    caption: 'Reservas por cabine, cada uma no relógio da sua cabine',
    none: 'Ainda não há cabines para reservar.',
    how: 'Arraste uma reserva para outro horário ou cabine, ou vá até ela e use as setas, depois Enter; Esc a deixa onde estava.',
    wanted: (pod, time) => `Para ${pod}, ${time}: pressione Enter.`,
    moved: 'Foi movida.',
    out: 'Não há cabine ali.',
  },
  fr: {
    day: 'Jour',
    earlier: 'Jour précédent',
    later: 'Jour suivant',
    caption: 'Réservations par cabine, chacune à l’heure de sa cabine',
    none: 'Il n’y a pas encore de cabine à réserver.',
    how: 'Glissez une réservation vers une autre heure ou cabine, ou allez dessus et utilisez les flèches, puis Entrée ; Échap la laisse où elle était.',
    wanted: (pod, time) => `Vers ${pod}, ${time} : appuyez sur Entrée.`,
    moved: 'Elle a été déplacée.',
    out: 'Il n’y a pas de cabine là.',
  },
})
