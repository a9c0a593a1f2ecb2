import type { OpenApiDocument, OpenApiOperation } from './openapi.ts'

/** The OpenAPI document as one self-contained page: no script, nothing from elsewhere. */
export function toDocsPage({ info, paths, tags }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name))
    return `<section id="${escape(name)}"><h2>${escape(name)}</h2>${own.map(toArticle).join('')}</section>`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} API</title><style>${style}</style></head>
<body><header><h1>${escape(info.title)} API <small>${escape(info.version)}</small></h1>
<p>${escape(info.description)} <a href="openapi.json">openapi.json</a></p>
<nav>${tags.map(({ name }) => `<a href="#${escape(name)}">${escape(name)}</a>`).join(' ')}</nav></header>
<main>${sections.join('')}</main></body></html>`
}

function toArticle(entry: {
  readonly path: string
  readonly method: string
  readonly operation: OpenApiOperation
}): string {
  const { operation } = entry
  const parameters = (operation.parameters ?? [])
    .map(
      ({ name, in: place, required }) =>
        `<li><code>${escape(name)}</code> in ${place}${required ? ', required' : ''}</li>`,
    )
    .join('')
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema
  const answers = Object.entries(operation.responses)
    .flatMap(([status, { description }]) =>
      description === undefined ? [] : [`<li><code>${status}</code> ${escape(description)}</li>`],
    )
    .join('')
  return `<article id="${escape(operation.operationId)}"><h3><code class="method">${entry.method.toUpperCase()}</code> <code>${escape(entry.path)}</code></h3>
<p>${escape(operation.summary)}. <span class="permission">${escape(operation['x-permission'])}</span></p>
${parameters === '' ? '' : `<ul>${parameters}</ul>`}
${body === undefined ? '' : `<details><summary>Body</summary><pre>${escape(JSON.stringify(body, null, 2))}</pre></details>`}
<ul>${answers}</ul></article>`
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:0 auto;padding:1rem}
nav a{margin-right:1rem}article{border-top:1px solid #8884;padding:.5rem 0}h3{margin:.5rem 0;overflow-wrap:anywhere}
.method{font-weight:700;color:#0a6e5c}.permission{font-size:.85rem;opacity:.75}pre{overflow:auto;padding:.75rem;background:#8881;font-size:.8rem}
@media(prefers-color-scheme:dark){.method{color:#5fd3bc}}`
