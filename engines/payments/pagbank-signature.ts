/** The header `x-authenticity-token` of PagBank (https://developer.pagbank.com.br/reference/confirmar-autenticidade-da-notificacao). */
import { createHash } from 'node:crypto'
import { isSame } from './standard-webhooks.ts'

/** SHA-256 of "token-body", hex: of the account's token and the bytes as they came. */
export const pagbankSignature = (token: string, body: Uint8Array | string): string =>
  createHash('sha256').update(`${token}-`).update(body).digest('hex')

/** Why it is refused. It carries no time: an old one that comes again is known by what it says having happened before. */
export function pagbankFaultOf(
  token: string,
  header: string | undefined,
  body: Uint8Array,
): string | undefined {
  if (header === undefined || header === '') return 'it has no x-authenticity-token'
  return isSame(header.toLowerCase(), pagbankSignature(token, body))
    ? undefined
    : 'its x-authenticity-token is not right'
}
