// Runs in the browser beside Swagger UI, which is a global there.
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()

/** The organization that the dashboards show, for users who look after several. */
const organization = localStorage.getItem('fleetloom.organization')

async function read() {
  const response = await fetch('/api/v1/openapi.json')
  const spec = await response.json()
  // By whatever name the page was reached: a request elsewhere would not have the session.
  spec.servers = [{ url: location.origin }]
  globalThis.SwaggerUIBundle({
    spec,
    dom_id: '#reader',
    deepLinking: true,
    docExpansion: 'none',
    filter: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: -1,
    // Without it the document would be sent to somebody else's checker.
    validatorUrl: null,
    requestInterceptor(request) {
      const names = Object.keys(request.headers).map((name) => name.toLowerCase())
      if (organization !== null && !names.includes('x-organization'))
        request.headers['X-Organization'] = organization
      return request
    },
  })
}

read().catch(() => {
  document.querySelector('#reader').textContent =
    'The document could not be loaded. Reload the page to try again.'
})
