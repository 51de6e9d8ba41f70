/**
 * Azurite: Azure Blob Storage as Microsoft emulates it.
 * @module
 */
import { BlobServiceClient } from "@azure/storage-blob";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, type Recipe } from "../kit/install.ts";
import { NODE, NPM } from "../kit/needs.ts";
import { accepts, LOOPBACK } from "../kit/ports.ts";
import { run } from "../kit/run.ts";
import { BUCKETS } from "../kit/s3.ts";
import { secret, type StartOptions } from "../kit/service.ts";
import { type Single, startSingle } from "../kit/single.ts";

const ACCOUNT = "tickhouse";
const MAIN = "node_modules/azurite/dist/src/blob/main.js";

/** How Azurite is installed. */
export const azuriteRecipe: Recipe = {
  name: "azurite",
  needs: [NPM],
  runsOn: [NODE],
  build: async (folder) => {
    const list = fileURLToPath(new URL("./package.json", import.meta.url));
    Deno.copyFileSync(list, join(folder, "package.json"));
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    const args = ["install", "--omit=dev", "--omit=optional", "--ignore-scripts", ...quiet];
    await run("npm", args, { cwd: folder });
  },
};

/** Starts Azurite with the containers raw, real-time and processed. */
export async function startAzurite(options: StartOptions = {}): Promise<Single> {
  const folder = await install(azuriteRecipe, options);
  return await startSingle("azurite", options, (home, port) => {
    const key = btoa(secret(home));
    const place = [
      "--blobHost",
      LOOPBACK,
      "--blobPort",
      `${port}`,
      "--location",
      home.make("data"),
    ];
    // The client library is often ahead of the versions that Azurite knows.
    const flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"];
    return {
      program: "node",
      args: [join(folder, MAIN), ...place, ...flags],
      env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
      ready: () => accepts(port),
      furnish: () => makeContainers(connection(port, key)),
      variables: () => ({
        TICKHOUSE_STORE: "azure",
        TICKHOUSE_AZURE_CONNECTION: connection(port, key),
      }),
    };
  });
}

function connection(port: number, key: string): string {
  return [
    "DefaultEndpointsProtocol=http",
    `AccountName=${ACCOUNT}`,
    `AccountKey=${key}`,
    `BlobEndpoint=http://${LOOPBACK}:${port}/${ACCOUNT}`,
  ].join(";");
}

async function makeContainers(connection: string): Promise<void> {
  const client = BlobServiceClient.fromConnectionString(connection);
  for (const name of BUCKETS) await client.getContainerClient(name).createIfNotExists();
}
