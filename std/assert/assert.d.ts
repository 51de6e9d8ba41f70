/** Thrown when an assertion does not hold. */
export class AssertionError extends Error {}
/** A class of errors, abstract ones included. */
// deno-lint-ignore no-explicit-any
export type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;
/** Any class. */
// deno-lint-ignore no-explicit-any
export type AnyConstructor = abstract new (...args: any[]) => any;
/** Asserts that the value is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr;
/** Asserts that the value is falsy. */
export function assertFalse(expr: unknown, msg?: string): void;
/** Asserts deep equality. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
/** Asserts deep inequality. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
/** Asserts equality by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;
/** Asserts that the value is neither null nor undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
/** Asserts that two numbers differ by at most the tolerance. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void;
/** Asserts that `actual` is greater. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
/** Asserts that `actual` is greater or equal. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
/** Asserts that `actual` is less. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void;
/** Asserts that `actual` is less or equal. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;
/** Asserts that a text contains another one. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
/** Asserts that a text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
/** Asserts that a text does not match. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
/** Asserts that an array contains all of another one's elements. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void;
/** Asserts that an object has at least the properties of another one. */
// deno-lint-ignore no-explicit-any
export function assertObjectMatch(actual: Record<PropertyKey, any>, expected: Record<PropertyKey, unknown>, msg?: string): void;
/** Asserts that a value is an instance of a class. */
export function assertInstanceOf<T extends AnyConstructor>(actual: unknown, expected: T, msg?: string): asserts actual is InstanceType<T>;
/** Asserts that a function throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that a function throws an error of a class, with a text in its message. */
export function assertThrows<E extends Error>(fn: () => unknown, error: ErrorClass<E>, includes?: string, msg?: string): E;
/** Asserts that a function's promise rejects, and returns the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that a function's promise rejects with an error of a class, with a text in its message. */
export function assertRejects<E extends Error>(fn: () => PromiseLike<unknown>, error: ErrorClass<E>, includes?: string, msg?: string): Promise<E>;
/** Fails. */
export function fail(msg?: string): never;
/** Fails because this place should not be reached. */
export function unreachable(msg?: string): never;
