import { openPagbank } from './pagbank.ts'
import { paymentContract } from './payments.contract.ts'
import { openSandbox } from './sandbox.ts'
import { openStripe } from './stripe.ts'

paymentContract({
  key: 'sandbox',
  open: (url, secret, webhookUrl) => openSandbox({ url, secret, webhookUrl }),
  isTimed: true,
  lists: true,
})

paymentContract({
  key: 'stripe',
  open: (url, secret) => openStripe({ url, secretKey: secret, webhookSecret: secret }),
  isTimed: true,
  lists: true,
})

paymentContract({
  key: 'pagbank',
  open: (url, secret, webhookUrl) => openPagbank({ url, token: secret, webhookUrl }),
  isTimed: false,
  lists: false,
})
