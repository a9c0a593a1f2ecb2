import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

/** What a browser gives a site that it lets push, and what it keeps to itself. */
export interface PushSubscriber {
  /** As the browser's `PushSubscription` has it: to be put into a channel. */
  readonly keys: { readonly p256dh: string; readonly auth: string }
  /** The text of a message of RFC 8291. @throws when it is not for this subscriber, or was changed */
  decrypt(body: Buffer): string
}

const keyLength = 65
const tagLength = 16

export function newPushSubscriber(): PushSubscriber {
  const own = createECDH('prime256v1')
  const publicKey = own.generateKeys()
  const auth = randomBytes(16)
  return {
    keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') },
    decrypt(body) {
      // RFC 8188, section 2.1: salt (16), record size (4), length of the key id (1), key id, which is the sender's key.
      const [salt, theirs] = [body.subarray(0, 16), body.subarray(21, 21 + keyLength)]
      const record = body.subarray(21 + keyLength)
      const derive = (secret: Buffer, by: Buffer, info: Buffer, length: number): Buffer =>
        Buffer.from(hkdfSync('sha256', secret, by, info, length))
      // RFC 8291, section 3.4.
      const about = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, theirs])
      const input = derive(own.computeSecret(theirs), auth, about, 32)
      const key = derive(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
      const nonce = derive(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
      const decipher = createDecipheriv('aes-128-gcm', key, nonce)
      decipher.setAuthTag(record.subarray(-tagLength))
      const padded = Buffer.concat([decipher.update(record.subarray(0, -tagLength)), decipher.final()])
      // The text ends with a 2, and zeros as padding.
      return padded.subarray(0, padded.lastIndexOf(2)).toString()
    },
  }
}
