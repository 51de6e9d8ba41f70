/**
 * librdkafka's C interface, opened at run time: nothing is compiled. Addresses are bigints
 * (`usize`), which is what makes the calls short.
 * @module
 */
import { messageOf, TickhouseError } from "../errors.ts";

const SYMBOLS = {
  rd_kafka_version: { parameters: [], result: "i32" },
  rd_kafka_err2name: { parameters: ["i32"], result: "usize" },
  rd_kafka_err2str: { parameters: ["i32"], result: "usize" },
  // Settings.
  rd_kafka_conf_new: { parameters: [], result: "usize" },
  rd_kafka_conf_destroy: { parameters: ["usize"], result: "void" },
  rd_kafka_conf_set: {
    parameters: ["usize", "buffer", "buffer", "buffer", "usize"],
    result: "i32",
  },
  rd_kafka_conf_set_events: { parameters: ["usize", "i32"], result: "void" },
  // Clients, their queues and events.
  rd_kafka_new: { parameters: ["i32", "usize", "buffer", "usize"], result: "usize" },
  rd_kafka_destroy_flags: { parameters: ["usize", "i32"], result: "void", nonblocking: true },
  rd_kafka_set_log_queue: { parameters: ["usize", "usize"], result: "i32" },
  rd_kafka_queue_get_main: { parameters: ["usize"], result: "usize" },
  rd_kafka_queue_get_partition: { parameters: ["usize", "buffer", "i32"], result: "usize" },
  rd_kafka_queue_forward: { parameters: ["usize", "usize"], result: "void" },
  rd_kafka_queue_io_event_enable: {
    parameters: ["usize", "i32", "buffer", "usize"],
    result: "void",
  },
  rd_kafka_queue_poll: { parameters: ["usize", "i32"], result: "usize" },
  rd_kafka_queue_destroy: { parameters: ["usize"], result: "void" },
  rd_kafka_event_type: { parameters: ["usize"], result: "i32" },
  rd_kafka_event_error: { parameters: ["usize"], result: "i32" },
  rd_kafka_event_error_string: { parameters: ["usize"], result: "usize" },
  rd_kafka_event_log: { parameters: ["usize", "buffer", "buffer", "buffer"], result: "i32" },
  rd_kafka_event_message_array: { parameters: ["usize", "buffer", "usize"], result: "usize" },
  rd_kafka_event_destroy: { parameters: ["usize"], result: "void" },
  // Producing.
  rd_kafka_topic_new: { parameters: ["usize", "buffer", "usize"], result: "usize" },
  rd_kafka_topic_destroy: { parameters: ["usize"], result: "void" },
  rd_kafka_produce_batch: {
    parameters: ["usize", "i32", "i32", "buffer", "i32"],
    result: "i32",
  },
  rd_kafka_produceva: { parameters: ["usize", "buffer", "usize"], result: "usize" },
  rd_kafka_purge: { parameters: ["usize", "i32"], result: "i32" },
  rd_kafka_headers_new: { parameters: ["usize"], result: "usize" },
  rd_kafka_headers_destroy: { parameters: ["usize"], result: "void" },
  rd_kafka_header_add: {
    parameters: ["usize", "buffer", "isize", "buffer", "isize"],
    result: "i32",
  },
  rd_kafka_error_code: { parameters: ["usize"], result: "i32" },
  rd_kafka_error_string: { parameters: ["usize"], result: "usize" },
  rd_kafka_error_destroy: { parameters: ["usize"], result: "void" },
  // Consuming.
  rd_kafka_topic_partition_list_new: { parameters: ["i32"], result: "usize" },
  rd_kafka_topic_partition_list_add: { parameters: ["usize", "buffer", "i32"], result: "usize" },
  rd_kafka_topic_partition_list_set_offset: {
    parameters: ["usize", "buffer", "i32", "i64"],
    result: "i32",
  },
  rd_kafka_topic_partition_list_destroy: { parameters: ["usize"], result: "void" },
  rd_kafka_incremental_assign: { parameters: ["usize", "usize"], result: "usize" },
  rd_kafka_incremental_unassign: { parameters: ["usize", "usize"], result: "usize" },
  rd_kafka_consume_batch_queue: {
    parameters: ["usize", "i32", "buffer", "usize"],
    result: "isize",
  },
  rd_kafka_message_destroy: { parameters: ["usize"], result: "void" },
  rd_kafka_message_timestamp: { parameters: ["usize", "buffer"], result: "i64" },
  rd_kafka_message_headers: { parameters: ["usize", "buffer"], result: "i32" },
  rd_kafka_header_get_all: {
    parameters: ["usize", "usize", "buffer", "buffer", "buffer"],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of the library. */
export type Librdkafka = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

/** Where distributions keep it, by the names of the system's linker. */
const WELL_KNOWN = ["librdkafka.so.1", "librdkafka.so"];
/** 1.9, the first that has all of what is used. */
const VERSION_MIN = 0x01_09_00_00;
const encoder = new TextEncoder();

const opened = new Map<string, Librdkafka>();

/**
 * Opens the shared object at the path, or else the system's. It stays open: its threads outlive
 * calls. Throws `LIBRDKAFKA_MISSING`.
 */
export function openLibrdkafka(path?: string): Librdkafka {
  const known = opened.get(path ?? "");
  if (known) return known;
  if (Deno.build.os !== "linux") {
    throw missing(path, new Error(`it runs on Linux only, this is ${Deno.build.os}`));
  }
  const symbols = openFirst(path);
  if (symbols.rd_kafka_version() < VERSION_MIN) {
    throw missing(path, new Error("the one found is older than 1.9"));
  }
  opened.set(path ?? "", symbols);
  return symbols;
}

function openFirst(path: string | undefined): Librdkafka {
  const causes: unknown[] = [];
  for (const name of path ? [path] : WELL_KNOWN) {
    try {
      return Deno.dlopen(name, SYMBOLS).symbols;
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw missing(path, causes[0]);
}

function missing(path: string | undefined, cause: unknown): TickhouseError {
  const what = `librdkafka can't be opened: ${messageOf(cause)}`;
  return new TickhouseError("LIBRDKAFKA_MISSING", what, {
    field: "TICKHOUSE_KAFKA_LIBRDKAFKA",
    value: path ?? "",
    mend: "install the system's package (Debian: librdkafka1), or name the librdkafka*.so that " +
      "`pip download --no-deps confluent-kafka` has in it, or use TICKHOUSE_KAFKA_CLIENT=platformatic",
    cause,
  });
}

/** A text as C reads it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${text}\0`);
}

/** A text of C's; empty for a null pointer. */
export function textAt(address: bigint): string {
  const pointer = Deno.UnsafePointer.create(address);
  return pointer ? Deno.UnsafePointerView.getCString(pointer) : "";
}

/** Where the first byte lies. It stays there as long as someone holds the buffer. */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
