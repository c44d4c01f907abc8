/** What became of work: "was accepted", or the message of the error that it ended with. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "was accepted";
}
