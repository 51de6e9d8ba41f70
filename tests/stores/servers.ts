/**
 * The servers that the tests of this folder run on.
 * @module
 */
import { withServices } from "services/fixture.ts";
import { azurePlace, type Place, s3Place } from "./places.ts";

const services = await withServices(["minio", "versitygw", "azurite"]);

function variable(service: keyof typeof services, name: string): string {
  const value = services[service].variables[name];
  if (value === undefined) throw new Error(`${service} does not name ${name}`);
  return value;
}

/** All of them. */
export const PLACES: readonly Place[] = [
  ...(["minio", "versitygw"] as const).map((name) =>
    s3Place(
      name,
      variable(name, "TICKHOUSE_S3_ENDPOINT"),
      variable(name, "TICKHOUSE_S3_ACCESS_KEY"),
      variable(name, "TICKHOUSE_S3_SECRET_KEY"),
    )
  ),
  azurePlace("azurite", variable("azurite", "TICKHOUSE_AZURE_CONNECTION")),
];
