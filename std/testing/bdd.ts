/**
 * Stand-in for jsr:@std/testing/bdd where JSR can't be reached: describe, it and the hooks, from
 * node:test, which Deno runs under `deno test`.
 * @module
 */
export {
  after as afterAll,
  afterEach,
  before as beforeAll,
  beforeEach,
  describe,
  it,
} from "node:test";
