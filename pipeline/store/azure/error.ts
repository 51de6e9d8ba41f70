import { isRestError } from "@azure/storage-blob";
import { messageOf, type TickhouseError } from "../../errors.ts";
import { remoteError, Silence, StoreRefusal } from "../remote.ts";

/** Whether the name is taken, or what was uploaded went because another's was made the object. */
export function isTaken(error: unknown): boolean {
  return error instanceof StoreRefusal &&
    /^(BlobAlreadyExists|ConditionNotMet|InvalidBlockList|InvalidBlobOrBlock)$/.test(error.code);
}

/** Whether there is no such object. */
export function isGone(error: unknown): boolean {
  return error instanceof StoreRefusal && error.status === 404 &&
    error.code !== "ContainerNotFound";
}

/**
 * What the library threw, without the request that it carries along: that holds signatures.
 * `signal` is the request's.
 */
export function azureAnswer(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  // The library's name for a connection that breaks within a body.
  if (error instanceof Error && error.name === "AbortError") return new Silence("it was cut");
  if (!isRestError(error)) return error;
  const message = messageOf(error).split("\n")[0] ?? "";
  if (error.code === "EPERM") return new Deno.errors.NotCapable(message);
  // Without an answer, or with one that ends too early to be understood.
  if (error.statusCode === undefined || error.statusCode < 300) return new Silence(message);
  const headers = error.response?.headers;
  // What is asked by HEAD is refused without words, but for a header.
  const code = error.code ?? headers?.get("x-ms-error-code") ?? "";
  return new StoreRefusal(error.statusCode, code, message, headers?.get("retry-after"));
}

/** The project's error for what went wrong with a request. */
export function azureError(
  cause: unknown,
  place: { readonly server: string; readonly container: string },
): TickhouseError {
  return remoteError(cause, {
    server: ["TICKHOUSE_AZURE_CONNECTION", place.server],
    key: "TICKHOUSE_AZURE_CONNECTION",
    meanings: [
      {
        codes: /^(ContainerNotFound|ContainerBeingDeleted|InvalidResourceName)$/,
        code: "BUCKET_MISSING",
        field: "TICKHOUSE_AZURE_CONTAINER",
        value: place.container,
        fix: "make the container, or name another",
      },
      {
        codes: /^AccountBeingCreated|AccountIsDisabled$/,
        code: "STORE_FORBIDDEN",
        field: "TICKHOUSE_AZURE_CONNECTION",
        value: place.server,
        fix: "name an account that is in use",
      },
    ],
  });
}
