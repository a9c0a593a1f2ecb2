import type { Language } from '../notifications/channel.ts'

export const guestNotices = [
  'booking.code',
  'booking.moved',
  'booking.cancelled',
  'booking.starting',
  'booking.ending',
  'booking.overstayed',
] as const
export type GuestNotice = (typeof guestNotices)[number]

export interface GuestWords {
  readonly title: string
  readonly text: string
}
interface About {
  readonly pod: string
  /** On the clock of the pod. */
  readonly from: string
  readonly until: string
}
type Phrases = Readonly<Record<GuestNotice, (about: About) => GuestWords>>

/** `{code}` is put in when it is sent, and written down nowhere. */
const phrases: Readonly<Record<Language, Phrases>> = {
  en: {
    'booking.code': ({ from, pod, until }) => ({
      title: `${pod} is yours`,
      text: `The code of the door is {code}. Your time is ${from} to ${until}; the door opens five minutes before.`,
    }),
    'booking.moved': ({ from, pod, until }) => ({
      title: `Your booking has changed: ${pod}`,
      text: `Your time is ${from} to ${until} now, and the code of the door is {code}.`,
    }),
    'booking.cancelled': ({ from, pod }) => ({
      title: `Cancelled: ${pod}`,
      text: `Your booking for ${from} is cancelled. What comes back is in your wallet.`,
    }),
    'booking.starting': ({ from, pod, until }) => ({
      title: `Reminder: ${pod}`,
      text: `Your time is ${from} to ${until}. The code of the door is {code}.`,
    }),
    'booking.ending': ({ pod, until }) => ({
      title: `Nearly over: ${pod}`,
      text: `Your time ends at ${until}.`,
    }),
    'booking.overstayed': ({ pod, until }) => ({
      title: `Your time is over: ${pod}`,
      text: `It ended at ${until}. Please leave: from now on it costs more.`,
    }),
  },
  pt: {
    'booking.code': ({ from, pod, until }) => ({
      title: `${pod} é sua`,
      text: `O código da porta é {code}. Seu horário é de ${from} a ${until}; a porta abre cinco minutos antes.`,
    }),
    'booking.moved': ({ from, pod, until }) => ({
      title: `Sua reserva mudou: ${pod}`,
      text: `Seu horário agora é de ${from} a ${until}, e o código da porta é {code}.`,
    }),
    'booking.cancelled': ({ from, pod }) => ({
      title: `Cancelada: ${pod}`,
      text: `Sua reserva de ${from} foi cancelada. O que volta está na sua carteira.`,
    }),
    'booking.starting': ({ from, pod, until }) => ({
      title: `Lembrete: ${pod}`,
      text: `Seu horário é de ${from} a ${until}. O código da porta é {code}.`,
    }),
    'booking.ending': ({ pod, until }) => ({
      title: `Quase no fim: ${pod}`,
      text: `Seu horário termina às ${until}.`,
    }),
    'booking.overstayed': ({ pod, until }) => ({
      title: `Seu horário acabou: ${pod}`,
      text: `Terminou às ${until}. Por favor, saia: a partir de agora custa mais.`,
    }),
  },
  fr: {
    'booking.code': ({ from, pod, until }) => ({
      title: `${pod} est à vous`,
      text: `Le code de la porte est {code}. Votre créneau va de ${from} à ${until} ; la porte s’ouvre cinq minutes avant.`,
    }),
    'booking.moved': ({ from, pod, until }) => ({
      title: `Votre réservation a changé : ${pod}`,
      text: `Votre créneau va maintenant de ${from} à ${until}, et le code de la porte est {code}.`,
    }),
    'booking.cancelled': ({ from, pod }) => ({
      title: `Annulée : ${pod}`,
      text: `Votre réservation du ${from} est annulée. Ce qui vous revient est dans votre portefeuille.`,
    }),
    'booking.starting': ({ from, pod, until }) => ({
      title: `Rappel : ${pod}`,
      text: `Votre créneau va de ${from} à ${until}. Le code de la porte est {code}.`,
    }),
    'booking.ending': ({ pod, until }) => ({
      title: `Bientôt fini : ${pod}`,
      text: `Votre créneau se termine à ${until}.`,
    }),
    'booking.overstayed': ({ pod, until }) => ({
      title: `Votre créneau est fini : ${pod}`,
      text: `Il s’est terminé à ${until}. Merci de sortir : à partir de maintenant, cela coûte plus cher.`,
    }),
  },
}

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', pt: 'pt-BR', fr: 'fr' }

export function wordsForGuest(
  notice: GuestNotice,
  language: Language,
  {
    endMs,
    pod,
    startMs,
    timeZone,
  }: {
    readonly pod: string
    readonly timeZone: string
    readonly startMs: number
    readonly endMs: number
  },
): GuestWords {
  const locale = locales[language]
  const day = new Intl.DateTimeFormat(locale, {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' })
  // What a tenant has called a pod stands in the subject of a mail.
  const name = pod.replaceAll(/[\s{}]+/g, ' ').trim()
  return phrases[language][notice]({ pod: name, from: day.format(startMs), until: clock.format(endMs) })
}
