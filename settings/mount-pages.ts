import type { Express } from 'express'
import { editorGate } from '../editor/auth/editor-gate.ts'
import type { EmbeddedNodeRed } from '../editor/node-red.ts'
import { type BackRoom, dashboardSockets } from '../editor/sockets/dashboard-door.ts'
import { readerPath } from '../nodes/http/docs-page.ts'
import type { Auth } from '../nodes/identity/sign-in/create-auth.ts'
import { loginPage } from '../nodes/identity/sign-in/login-page.ts'
import { requireSession } from '../nodes/identity/sign-in/require-session.ts'
import { apiReader } from '../server/pages/api-reader.ts'
import { customerApp, customerAppPath } from '../server/pages/customer-app.ts'

/** What people use: sign-in, the customers' page, editor, dashboards. */
export function mountPages(
  app: Express,
  { authenticator, sessions, singleSignOn }: Auth,
  nodeRed: EmbeddedNodeRed,
  behind: BackRoom,
): void {
  app.use(loginPage(sessions, singleSignOn))
  app.use(readerPath, apiReader())
  app.use(customerAppPath, customerApp(requireSession(sessions)))
  // From there the Dashboard loads widgets; whoever may see a dashboard need not see the editor.
  app.use('/editor/resources', requireSession(sessions))
  app.use('/editor', editorGate(authenticator, sessions), nodeRed.admin)
  app.use(dashboardSockets, requireSession(sessions), behind.handleRequest)
}
