/**
 * Installing several servers.
 * @module
 */
import { fileURLToPath } from "node:url";
import { azuriteRecipe } from "./azurite/azurite.ts";
import { install, type InstallOptions, needsOf, type Recipe } from "./kit/install.ts";
import { kafkaRecipe } from "./kafka/recipe.ts";
import { minioRecipe } from "./minio.ts";
import { demand, type Need } from "./kit/needs.ts";
import { findPostgres, POSTGRES } from "./postgres.ts";
import { registryRecipe } from "./registry.ts";
import { snowflakeRecipe } from "./snowflake.ts";
import type { ServiceName } from "./kit/versions.ts";
import { versitygwRecipe } from "./versitygw.ts";

/** Those that are not installed: the system has them, or the project. */
type Present = "postgres" | "feeds";

const RECIPES: Readonly<Record<Exclude<ServiceName, Present>, Recipe>> = {
  kafka: kafkaRecipe,
  minio: minioRecipe,
  versitygw: versitygwRecipe,
  azurite: azuriteRecipe,
  registry: registryRecipe,
  snowflake: snowflakeRecipe,
};

const FEEDS = fileURLToPath(new URL("./feeds", import.meta.url));

function isPresent(name: ServiceName): name is Present {
  return name === "postgres" || name === "feeds";
}

/** What must be there for them, to install those that lack and to run all. */
export async function needsOfAll(
  names: readonly ServiceName[],
  options: InstallOptions = {},
): Promise<readonly Need[]> {
  const needs = names.map(async (name) =>
    name === "postgres" ? [POSTGRES] : isPresent(name) ? [] : await needsOf(RECIPES[name], options)
  );
  return [...new Set((await Promise.all(needs)).flat())];
}

/** Installs the servers that are missing and returns their folders: those that compile one by one. */
export async function installAll(
  names: readonly ServiceName[],
  options: InstallOptions = {},
): Promise<Record<string, string>> {
  // All that is missing at once, and before minutes of installing.
  await demand(...await needsOfAll(names, options));
  const folders: Record<string, string> = {};
  const one = async (name: ServiceName) => {
    if (name === "postgres") folders[name] = await findPostgres();
    else if (name === "feeds") folders[name] = FEEDS;
    else folders[name] = await install(RECIPES[name], options);
  };
  const compiles = (name: ServiceName) => !isPresent(name) && RECIPES[name].compiles === true;
  const oneByOne = async () => {
    for (const name of names.filter(compiles)) await one(name);
  };
  const rest = names.filter((name) => !compiles(name)).map(one);
  await Promise.all([oneByOne(), ...rest]);
  return folders;
}
