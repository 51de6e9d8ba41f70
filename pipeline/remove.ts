/** Removes a file that another process may have removed. */
export async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(ifThere);
}

/** The same, at once. */
export function removeIfThereSync(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    ifThere(error);
  }
}

function ifThere(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
