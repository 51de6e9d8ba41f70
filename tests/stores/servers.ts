/**
 * The servers that the tests of this folder run on, ended with the tests of each file.
 * @module
 */
import { startService } from "services/mod.ts";
import { azurePlace, type Place, s3Place } from "./places.ts";

const s3Servers = await Promise.all([startService("minio"), startService("versitygw")]);
const azurite = await startService("azurite");

Deno.test.afterAll(async () => {
  for (const server of [...s3Servers, azurite]) await server[Symbol.asyncDispose]();
});

function variable(variables: Readonly<Record<string, string>>, name: string): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`the service does not name ${name}`);
  return value;
}

/** All of them. */
export const PLACES: readonly Place[] = [
  ...s3Servers.map(({ name, endpoint, variables }) =>
    s3Place(
      name,
      endpoint,
      variable(variables, "TICKHOUSE_S3_ACCESS_KEY"),
      variable(variables, "TICKHOUSE_S3_SECRET_KEY"),
    )
  ),
  azurePlace("azurite", variable(azurite.variables, "TICKHOUSE_AZURE_CONNECTION")),
];
