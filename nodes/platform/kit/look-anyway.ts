/** What nobody has written to, by its revision (`Store.revisionOf`), is looked at all the same so often. */
export const lookAnywayMs = 30_000
