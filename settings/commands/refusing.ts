/**
 * Runs a command whose words may be wrong (2) or which may be refused (1), both with a line that says why.
 * @param isRefusal of an error that is no fault of the program
 * @throws any other error
 */
export async function refusing(
  command: () => Promise<number>,
  isRefusal: (error: Error) => boolean,
): Promise<number> {
  try {
    return await command()
  } catch (error) {
    const isUsage =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    if (!(error instanceof Error) || (!isUsage && !isRefusal(error))) throw error
    process.stderr.write(`${error.message}\n`)
    return isUsage ? 2 : 1
  }
}
