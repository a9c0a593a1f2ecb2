import { calling } from '../rule.ts'
import type { Rule } from '../rule.ts'
import { routeOf } from './http-roles.ts'

export const routeTwice: Rule = {
  name: 'route-twice',
  check({ graph, operations }) {
    const served = graph.running.flatMap((node) => {
      const route = routeOf(node, operations)
      if (route === undefined) return []
      // Express does not mind what a parameter is called.
      return [{ node, shape: `${route.method} ${route.path.replaceAll(/:\w+/g, ':')}` }]
    })
    return served.flatMap(({ node, shape }, index) => {
      const first = served.slice(0, index).find((each) => each.shape === shape)
      if (first === undefined) return []
      const message =
        `it serves the same method and path as ${calling(first.node)}; only one of them gets the requests. ` +
        `Remove or disable one.`
      return [{ node, severity: 'error', message }]
    })
  },
}
