/**
 * Avro's logical types as values that JSON lines can hold: decimals as text, times in microseconds,
 * days as YYYY-MM-DD.
 * @module
 */
import { Buffer } from "node:buffer";
import avro from "avsc";
import { isDay } from "../day.ts";
import { decimalText, meantOf, unscaledOf, wholeOf } from "../datasets/digits.ts";

const { LogicalType } = avro.types;

/** Integers up to here are products of a double of up to 15 digits, rightly rounded. */
const NUMBER_MAX = 1e15;

/** The schema of a logical type, as far as it is looked at here. */
interface DecimalSchema {
  readonly precision?: number;
  readonly scale?: number;
}

/** `decimal` on bytes or fixed. */
class Decimal extends LogicalType {
  readonly #scale: number;
  readonly #limit: bigint;

  constructor(schema: avro.Schema, options?: unknown) {
    super(schema, options);
    const { precision = 38, scale = 0 } = schema as DecimalSchema;
    this.#scale = scale;
    this.#limit = 10n ** BigInt(precision);
  }

  protected override _fromValue(bytes: Uint8Array): string {
    return decimalText(signed(bytes), this.#scale);
  }

  protected override _toValue(value: unknown): Buffer {
    if (typeof value === "number") {
      const unit = 10 ** this.#scale;
      const product = Math.round(value * unit);
      // Of up to 15 digits only one decimal is this double.
      if (Math.abs(product) < NUMBER_MAX && product / unit === value) return bytesOfNumber(product);
    }
    const text = String(value);
    const unscaled = typeof value === "string"
      ? unscaledOf(text, this.#scale)
      : meantOf(text, this.#scale);
    if (unscaled === undefined) {
      throw new RangeError(`${value} is no number of at most ${this.#scale} decimals`);
    }
    if (unscaled >= this.#limit || unscaled <= -this.#limit) {
      throw new RangeError(`${value} has more digits than the schema allows`);
    }
    return bytesOf(unscaled);
  }
}

/** `date`: days since 1970. */
class Day extends LogicalType {
  protected override _fromValue(days: number): string {
    return new Date(days * 86_400_000).toISOString().slice(0, 10);
  }

  protected override _toValue(day: unknown): number {
    const isOne = typeof day === "string" && isDay(day);
    if (!isOne) throw new TypeError(`${day} is no day such as 2026-11-21`);
    return Date.parse(day) / 86_400_000;
  }
}

/** `timestamp-millis`, as microseconds. */
class Millis extends LogicalType {
  protected override _fromValue(ms: number): number {
    return ms * 1000;
  }

  protected override _toValue(us: unknown): number {
    const whole = wholeNumber(us);
    if (whole % 1000 !== 0) throw new RangeError(`${us} is no whole number of milliseconds`);
    return whole / 1000;
  }
}

/** `timestamp-micros`. */
class Micros extends LogicalType {
  protected override _fromValue(us: number): number {
    return us;
  }

  protected override _toValue(us: unknown): number {
    return wholeNumber(us);
  }
}

/** Builds a type whose logical types are those above. Throws if the text is no Avro schema. */
export function avroType(schema: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schema), {
    logicalTypes: {
      decimal: Decimal,
      date: Day,
      "timestamp-millis": Millis,
      "timestamp-micros": Micros,
    },
  });
}

/** Whether the type, or what a union holds beside null, is a time of known unit. */
export function isTime(type: avro.Type): boolean {
  const found = valueType(type);
  return found instanceof Micros || found instanceof Millis;
}

/** Whether the type, or what a union holds beside null, is a decimal. */
export function isDecimal(type: avro.Type): boolean {
  return valueType(type) instanceof Decimal;
}

/** The type, or what a union of it and null holds. */
export function valueType(type: avro.Type): avro.Type {
  if (!avro.Type.isType(type, "union")) return type;
  const { types } = type as avro.types.UnwrappedUnionType;
  return types.find((t) => t.typeName !== "null") ?? type;
}

/** A value of the type as JSON can hold it: nested records too, floats with the digits they have. */
export function plainValue(type: avro.Type, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const { typeName } = type;
  if (typeName === "float") return shortestFloat(Number(value));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeName === "record") {
    const { fields } = type as avro.types.RecordType;
    return Object.fromEntries(
      fields.map(({ name, type }) => [name, plainValue(type, Reflect.get(value, name))]),
    );
  }
  if (typeName === "array" && Array.isArray(value)) {
    const { itemsType } = type as avro.types.ArrayType;
    return value.map((one) => plainValue(itemsType, one));
  }
  if (typeName === "union:unwrapped") {
    const { types } = type as avro.types.UnwrappedUnionType;
    const found = types.find((one) => one.typeName !== "null" && one.isValid(value));
    return plainValue(found ?? valueType(type), value);
  }
  if (typeName === "union:wrapped" && typeof value === "object") {
    const { types } = type as avro.types.WrappedUnionType;
    const [name = "", inner] = Object.entries(value)[0] ?? [];
    const found = types.find((one) => (one.name ?? one.typeName) === name);
    return found ? plainValue(found, inner) : inner;
  }
  if (typeName === "map") {
    const { valuesType } = type as avro.types.MapType;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, plainValue(valuesType, one)]),
    );
  }
  return value;
}

/** A time as a number, which may be written as text. */
export function wholeNumber(value: unknown): number {
  const whole = wholeOf(String(value));
  if (whole === undefined) throw new RangeError(`${value} is no whole number`);
  return whole;
}

/** The shortest decimal that is this float of 32 bits: as a double it shows digits it never had. */
export function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** Big-endian two's complement. */
function signed(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(Math.max(1, bytes.length * 8), value);
}

/** The shortest two's complement of an integer below 2^53. */
function bytesOfNumber(value: number): Buffer {
  let length = 1;
  for (let limit = 128; value >= limit || value < -limit; limit *= 256) length++;
  const bytes = Buffer.allocUnsafe(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** The shortest two's complement. */
function bytesOf(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
