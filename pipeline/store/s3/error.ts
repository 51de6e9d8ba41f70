import { messageOf, type TickhouseError } from "../../errors.ts";
import { remoteError, Silence, StoreRefusal } from "../remote.ts";

/** Where requests go, for errors to name. */
export interface S3Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
}

/** Whether the name is taken, or an upload over: perhaps since an earlier attempt ended it. */
export function isTaken(error: unknown): boolean {
  return error instanceof StoreRefusal && (error.status === 412 || error.code === "NoSuchUpload");
}

/** Whether there is no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof StoreRefusal && error.status === 404 && error.code !== "NoSuchBucket";
}

/** The end of an upload in parts may fail below status 200: what the library throws then. */
export function outcomeOfParts(error: unknown): unknown {
  if (error instanceof StoreRefusal || error instanceof Silence) return error;
  return new Silence(messageOf(error), { cause: error });
}

/** The project's error for what went wrong with a request. */
export function s3Error(cause: unknown, { endpoint, bucket, region }: S3Place): TickhouseError {
  const forbidden = (codes: RegExp, setting: string, fix: string) => ({
    codes,
    code: "STORE_FORBIDDEN" as const,
    field: `TICKHOUSE_S3_${setting}`,
    fix,
  });
  return remoteError(cause, {
    server: ["TICKHOUSE_S3_ENDPOINT", endpoint],
    key: "TICKHOUSE_S3_ACCESS_KEY",
    meanings: [
      {
        codes: /^(NoSuchBucket|InvalidBucketName)$/,
        code: "BUCKET_MISSING",
        field: "TICKHOUSE_S3_BUCKET",
        value: bucket,
        fix: "make the bucket, or name another",
      },
      {
        codes: /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed)$/,
        code: "STORE_REGION",
        field: "TICKHOUSE_S3_REGION",
        value: region,
        fix: "name the region of the bucket",
      },
      {
        codes: /^NotImplemented$/,
        code: "STORE_NOT_CONDITIONAL",
        field: "TICKHOUSE_S3_ENDPOINT",
        value: endpoint,
        fix: "use a server that obeys If-None-Match, such as Amazon S3, MinIO or versitygw",
      },
      {
        codes: /(StorageFull|QuotaExceeded|InsufficientStorage)/,
        code: "DISK_FULL",
        field: "TICKHOUSE_S3_ENDPOINT",
        value: endpoint,
        fix: "free space in the store; no object was half written",
      },
      forbidden(/^InvalidAccessKeyId$/, "ACCESS_KEY", "use a key that the store knows"),
      forbidden(/^SignatureDoesNotMatch$/, "SECRET_KEY", "use the secret of the access key"),
      forbidden(/^(InvalidToken|ExpiredToken)/, "SESSION_TOKEN", "get a new session token"),
      forbidden(/^RequestTimeTooSkewed$/, "ENDPOINT", "set this machine's clock"),
    ],
  });
}
