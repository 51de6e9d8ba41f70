/**
 * Installing several servers.
 * @module
 */
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

const RECIPES: Readonly<Record<Exclude<ServiceName, "postgres">, Recipe>> = {
  kafka: kafkaRecipe,
  minio: minioRecipe,
  versitygw: versitygwRecipe,
  azurite: azuriteRecipe,
  registry: registryRecipe,
  snowflake: snowflakeRecipe,
};

/** What must be there for them, to install those that lack and to run all. */
export async function needsOfAll(
  names: readonly ServiceName[],
  options: InstallOptions = {},
): Promise<readonly Need[]> {
  const needs = names.map(async (name) =>
    name === "postgres" ? [POSTGRES] : await needsOf(RECIPES[name], options)
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
    folders[name] = name === "postgres"
      ? await findPostgres()
      : await install(RECIPES[name], options);
  };
  const compiles = (name: ServiceName) => name !== "postgres" && RECIPES[name].compiles === true;
  const oneByOne = async () => {
    for (const name of names.filter(compiles)) await one(name);
  };
  const rest = names.filter((name) => !compiles(name)).map(one);
  await Promise.all([oneByOne(), ...rest]);
  return folders;
}
