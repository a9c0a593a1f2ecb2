export type CommandValue = number | boolean | string
