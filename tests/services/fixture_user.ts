/**
 * A process that uses the fixture as a test file does.
 * @module
 */
import { withServices } from "services/fixture.ts";

const { minio } = await withServices(["minio"]);
console.log(JSON.stringify(minio.variables));
