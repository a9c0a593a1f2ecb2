/** What keys and channels on Redis begin with. */
export const namespace = 'fl'

/** Channels know no databases, so their names say which. */
export const channelPrefixOf = (redisUrl: string): string =>
  `${namespace}:${new URL(redisUrl).pathname.slice(1) || '0'}:`

/** By which instances hear of one another. */
export const busChannelOf = (redisUrl: string): string => `${channelPrefixOf(redisUrl)}bus`
