import type { SandboxCheckout } from '../../engines/payments/sandbox.ts'

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`)

/** Where somebody pays, or does not. */
export function paymentPage({ amountMinor, currency, status }: SandboxCheckout, description: string): string {
  const price = `${(amountMinor / 100).toFixed(2)} ${escaped(currency)}`
  const form =
    status === 'pending'
      ? `<form method="post">
      <button name="action" value="pay">pay</button>
      <button name="action" value="decline">decline</button>
    </form>`
      : `<p>This payment is ${status}.</p>`
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Sandbox payment</title></head>
  <body>
    <h1>${escaped(description)}</h1>
    <p>${price}, of no real money.</p>
    ${form}
  </body>
</html>
`
}
