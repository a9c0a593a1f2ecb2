import type { Payment } from './desk.ts'

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`)

/** Where somebody pays, or does not. */
export function paymentPage({ description, price, status, wasDeclined }: Payment): string {
  const { amountMinor, currency } = price
  const form = `<form method="post">
      <button name="action" value="pay">pay</button>
      <button name="action" value="decline">decline</button>
    </form>`
  const declined = wasDeclined ? '<p>Declined. Another card may do.</p>' : ''
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sandbox payment</title>
    <style>
      body { font: 1.1rem system-ui, sans-serif; max-width: 24rem; margin: 15vh auto; padding: 0 1rem }
      button { font: inherit; padding: .7em 1.6em; margin: 0 .4em .4em 0 }
    </style>
  </head>
  <body>
    <h1>${escaped(description)}</h1>
    <p>${(amountMinor / 100).toFixed(2)} ${escaped(currency)}, of no real money.</p>
    ${status === 'pending' ? declined + form : `<p>This payment is ${status}.</p>`}
  </body>
</html>
`
}
