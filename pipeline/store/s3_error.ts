import { delay, retry, RetryError } from "@std/async";
import { messageOf, TickhouseError } from "../errors.ts";
import { S3Refusal, S3Silence } from "./s3_transport.ts";
import { CutShort } from "./save.ts";

/** Where requests go, for errors to name. */
export interface S3Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
}

/** How often, and until when, a request is tried. */
export interface Attempts {
  readonly attemptsMax: number;
  readonly signal: AbortSignal;
}

/** The longest wait that a server may ask for, milliseconds. */
const RETRY_AFTER_MAX_MS = 10_000;

/** Runs `request`, again after a pause for as long as its failures may pass, then throws the last. */
export async function attempt<T>(
  { attemptsMax, signal }: Attempts,
  request: () => Promise<T>,
): Promise<T> {
  const politely = async () => {
    try {
      return await request();
    } catch (error) {
      if (error instanceof S3Refusal && error.retryAfterMs > 0) {
        await delay(Math.min(error.retryAfterMs, RETRY_AFTER_MAX_MS), { signal });
      }
      throw error;
    }
  };
  const isRetriable = (error: unknown) => !signal.aborted && mayPass(error);
  const options = { maxAttempts: attemptsMax, minTimeout: 100, maxTimeout: 3_000, jitter: 0.5 };
  try {
    return await retry(politely, { ...options, isRetriable, signal });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

/** Statuses of a server that is busy, starting, or in trouble. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 509]);
/** S3's codes for the same, some of which come with other statuses. */
const PASSING_CODES =
  /^(SlowDown|.*RequestTimeout|InternalError|ServiceUnavailable|Busy|Throttling.*|TooManyRequests|OperationAborted|ConditionalRequestConflict|RequestLimitExceeded|XMinioServerNotInitialized)$/;

/** Whether the same request may succeed later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof S3Refusal) {
    return PASSING.has(error.status) || PASSING_CODES.test(error.code);
  }
  return error instanceof S3Silence && !isUntrusted(error) || error instanceof CutShort ||
    isErrorInSuccess(error);
}

/** Whether a condition was not met: the key is taken. */
export function isTaken(error: unknown): boolean {
  return error instanceof S3Refusal && error.status === 412;
}

/** Whether the store does not know conditions at all. */
export function isUnconditional(error: unknown): boolean {
  return error instanceof S3Refusal && error.status === 501;
}

/** Whether an upload in parts is over, one way or the other. */
export function isUploadOver(error: unknown): boolean {
  return error instanceof S3Refusal && error.code === "NoSuchUpload";
}

/** Whether there is no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3Refusal && error.status === 404 && error.code !== "NoSuchBucket";
}

/** Of an upload's end S3 may report failure below status 200. */
function isErrorInSuccess(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === "S3Error";
}

function isUntrusted(error: S3Silence): boolean {
  return /certificate|tls|handshake|InvalidContentType/i.test(error.message);
}

/** What each refusal means, by S3's code. */
const MEANINGS: readonly (readonly [RegExp, string, keyof typeof FIELDS, string])[] = [
  [/^NoSuchBucket$/, "BUCKET_MISSING", "bucket", "make the bucket, or name another"],
  [/^InvalidBucketName$/, "BUCKET_MISSING", "bucket", "name a bucket by S3's rules"],
  [/^InvalidAccessKeyId$/, "STORE_FORBIDDEN", "accessKey", "use a key that the store knows"],
  [/^(InvalidToken|ExpiredToken)/, "STORE_FORBIDDEN", "sessionToken", "get a new session token"],
  [/^SignatureDoesNotMatch$/, "STORE_FORBIDDEN", "secretKey", "use the secret of the access key"],
  [/^RequestTimeTooSkewed$/, "STORE_FORBIDDEN", "endpoint", "set this machine's clock"],
  [
    /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocation.*)$/,
    "STORE_REGION",
    "region",
    "name the region of the bucket",
  ],
  [/(StorageFull|QuotaExceeded|InsufficientStorage)/, "DISK_FULL", "endpoint", "free space there"],
];

/** The variables that the settings of the store come from. */
const FIELDS = {
  endpoint: "TICKHOUSE_S3_ENDPOINT",
  bucket: "TICKHOUSE_S3_BUCKET",
  region: "TICKHOUSE_S3_REGION",
  accessKey: "TICKHOUSE_S3_ACCESS_KEY",
  secretKey: "TICKHOUSE_S3_SECRET_KEY",
  sessionToken: "TICKHOUSE_S3_SESSION_TOKEN",
} as const;

/** The project's error for what went wrong with a request. */
export function s3Error(cause: unknown, place: S3Place): TickhouseError {
  if (cause instanceof TickhouseError) return cause;
  if (mayPass(cause)) {
    return new TickhouseError("STORE_UNAVAILABLE", messageOf(cause), {
      field: FIELDS.endpoint,
      value: place.endpoint,
      kind: "transient",
      mend: "check that the store runs and can be reached from here; what was asked may be done",
      cause,
    });
  }
  if (cause instanceof S3Refusal) return refusal(cause, place);
  const untrusted = cause instanceof S3Silence && isUntrusted(cause);
  return new TickhouseError("STORE_FAILED", messageOf(cause), {
    field: FIELDS.endpoint,
    value: place.endpoint,
    mend: untrusted ? "check http or https, and the server's certificate" : "see the message",
    cause,
  });
}

function refusal(cause: S3Refusal, place: S3Place): TickhouseError {
  const values: Partial<Record<keyof typeof FIELDS, string>> = { ...place };
  const denied = [401, 403].includes(cause.status);
  const fallback = denied
    ? ["STORE_FORBIDDEN", "accessKey", "allow this key to list, read and create objects"] as const
    : ["STORE_REFUSED", "endpoint", "see the message"] as const;
  const known = MEANINGS.find(([code]) => code.test(cause.code));
  const [code, field, mend] = known ? [known[1], known[2], known[3]] as const : fallback;
  return new TickhouseError(code, `the store says: ${cause.message}`, {
    field: FIELDS[field],
    value: values[field],
    mend,
    cause,
  });
}
