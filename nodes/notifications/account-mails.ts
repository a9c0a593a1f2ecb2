/** Mails about people's own accounts: an invitation, a way back in. Each leads to a page that takes what is behind its `#`. */
import { z } from 'zod'
import { type AccountMail, accountMailKind, accountMailSchema } from '../identity/account-mail.ts'
import type { Identity } from '../identity/domain.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import type { EffectKind, Outbox } from '../platform/kit/events/outbox.ts'
import type { Mailer } from '../platform/mail/port.ts'
import type { Language } from './channel.ts'
import type { People } from './people.ts'
import { oneLine, type Words } from './words.ts'

export interface AccountMailParts {
  readonly mailer: Mailer | undefined
  readonly publicUrl: string
  readonly people: Pick<People, 'preferencesOf'>
  readonly identity: {
    readonly users: Pick<Identity['users'], 'find'>
    readonly passwords: Pick<Identity['passwords'], 'resetToken'>
    readonly invitationMails: Pick<Identity['invitationMails'], 'tokenOf'>
  }
}

const resetRequested = z.object({ userId: z.string() })

/** A way back in holds for an hour; a mail server is seldom away for longer. */
const retry = { firstMs: 2000, lastMs: 600_000, maxTries: 12 }

export function accountMails(parts: AccountMailParts): EffectKind<AccountMail> {
  const { identity, mailer, people, publicUrl } = parts
  const tokenOf = async (mail: AccountMail): Promise<string | undefined> =>
    mail.type === 'reset'
      ? (await identity.passwords.resetToken(mail.userId))?.token
      : identity.invitationMails.tokenOf(mail.userId, mail.sealedToken)
  return {
    kind: accountMailKind,
    data: accountMailSchema,
    retry,
    async send({ data, id, orgId }) {
      if (mailer === undefined) return 'not sent: no mail server is set up'
      const user = await identity.users.find(data.userId)
      const token = user === undefined ? undefined : await tokenOf(data)
      if (user === undefined || token === undefined) return 'not sent: it would be of no use any more'
      const { language } = await people.preferencesOf(orgId, user.id)
      const link = `${new URL(`/login/${data.type}`, publicUrl).href}#${encodeURIComponent(token)}`
      const { text, title } = wordsOfAccount(data.type, user.name, link, language)
      return mailer.send({ to: [user.email], subject: title, text, id })
    },
  }
}

/** Nobody waits for it any longer: a flow that is new here, or was stopped, has all events of before to go through. */
const maxAgeMs = 3_600_000

/** A mail for somebody who has said that they forgot their password; once for each event. @throws StoreUnavailable */
export async function mailReset(
  { clock, outbox }: { readonly clock: { nowMs(): number }; readonly outbox: Pick<Outbox, 'put'> },
  event: DomainEvent,
): Promise<void> {
  if (event.atMs < clock.nowMs() - maxAgeMs) return
  const { userId } = resetRequested.parse(event.data)
  const data = { type: 'reset', userId } as const
  await outbox.put({ kind: accountMailKind }, { orgId: event.orgId, id: `${event.id}/mail`, data })
}

interface Phrases {
  readonly titles: Readonly<Record<AccountMail['type'], string>>
  readonly hello: string
  readonly what: Readonly<Record<AccountMail['type'], string>>
  readonly until: Readonly<Record<AccountMail['type'], string>>
  readonly otherwise: Readonly<Record<AccountMail['type'], string>>
}

const phrases: Readonly<Record<Language, Phrases>> = {
  en: {
    titles: { invitation: 'Your invitation to Fleetloom', reset: 'A new password for Fleetloom' },
    hello: 'Hello',
    what: {
      invitation: 'you have an account at Fleetloom. Choose a password here:',
      reset: 'somebody, you we hope, has forgotten your password. Choose a new one here:',
    },
    until: { invitation: 'The link holds for seven days.', reset: 'The link holds for an hour.' },
    otherwise: {
      invitation: 'If you expect no invitation, there is nothing that you have to do.',
      reset: 'If it was not you, there is nothing that you have to do: your password stays as it is.',
    },
  },
  pt: {
    titles: { invitation: 'Seu convite para o Fleetloom', reset: 'Uma nova senha para o Fleetloom' },
    hello: 'Olá',
    what: {
      invitation: 'você tem uma conta no Fleetloom. Escolha uma senha aqui:',
      reset: 'alguém, esperamos que você, esqueceu a sua senha. Escolha uma nova aqui:',
    },
    until: { invitation: 'O link vale por sete dias.', reset: 'O link vale por uma hora.' },
    otherwise: {
      invitation: 'Se você não espera um convite, não precisa fazer nada.',
      reset: 'Se não foi você, não precisa fazer nada: sua senha continua a mesma.',
    },
  },
  fr: {
    titles: { invitation: 'Votre invitation à Fleetloom', reset: 'Un nouveau mot de passe pour Fleetloom' },
    hello: 'Bonjour',
    what: {
      invitation: 'vous avez un compte sur Fleetloom. Choisissez un mot de passe ici :',
      reset: 'quelqu’un, vous, nous l’espérons, a oublié votre mot de passe. Choisissez-en un nouveau ici :',
    },
    until: { invitation: 'Le lien est valable sept jours.', reset: 'Le lien est valable une heure.' },
    otherwise: {
      invitation: 'Si vous n’attendez pas d’invitation, vous n’avez rien à faire.',
      reset: 'Si ce n’était pas vous, vous n’avez rien à faire : votre mot de passe reste le même.',
    },
  },
}

export function wordsOfAccount(
  type: AccountMail['type'],
  name: string,
  link: string,
  language: Language,
): Words {
  const { hello, otherwise, titles, until, what } = phrases[language]
  const lines = [`${hello} ${oneLine(name)},`, '', what[type], '', link, '', until[type], otherwise[type]]
  return { title: titles[type], text: lines.join('\n') }
}
