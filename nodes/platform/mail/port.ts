/** The mail port: what hands mails to a server that delivers them. */
export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  /** Names it for good: comes again with the mail. */
  readonly id: string
}

export interface Mailer {
  /** Resolves with what the server called it when it has taken it; rejects when it has not. */
  send(mail: Mail): Promise<string>
  close(): void
}
