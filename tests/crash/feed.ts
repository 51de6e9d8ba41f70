/** The feed of the stream that is killed, but for its pace and length. */
export const FEED = {
  seed: 42,
  faults: { malformed: 0.002, repeated: 0.01, late: 0.01 },
} as const;
