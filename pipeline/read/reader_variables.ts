/**
 * What a process that reads is started with of the environment: where Deno has its files, and no
 * secret.
 */
export const READER_VARIABLES: readonly string[] = [
  "DENO_DIR",
  "HOME",
  "LOCALAPPDATA",
  "SystemRoot",
  "TMPDIR",
  "XDG_CACHE_HOME",
];
