/** Whether a program is there and answers `--version`. Throws for what is neither yes nor no. */
export async function runs(program: string): Promise<boolean> {
  try {
    const args = ["--version"];
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
