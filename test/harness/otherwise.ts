import type { Answer } from './api-client.ts'

/** Those of the cases that are answered with another status, with that. */
export async function otherwise<C>(
  expected: readonly number[],
  cases: readonly C[],
  call: (one: C) => Promise<Pick<Answer, 'status'>>,
): Promise<readonly { readonly one: C; readonly status: number }[]> {
  const others: { one: C; status: number }[] = []
  for (const one of cases) {
    const { status } = await call(one)
    if (!expected.includes(status)) others.push({ one, status })
  }
  return others
}
