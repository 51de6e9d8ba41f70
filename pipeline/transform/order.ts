import { TickhouseError } from "../errors.ts";
import type { Model } from "./model.ts";

/** The models, each behind those it reads, else by name. Throws `MODEL_CYCLE`. */
export function inOrder(models: readonly Model[]): Model[] {
  const byName = new Map(models.map((m) => [m.name, m]));
  const ordered = new Set<Model>();
  const visit = (model: Model, path: readonly string[]): void => {
    if (ordered.has(model)) return;
    if (path.includes(model.name)) {
      throw new TickhouseError("MODEL_CYCLE", `${[...path, model.name].join(" → ")} is a circle`, {
        field: model.file,
        fix: "take one ref of the circle out",
      });
    }
    for (const name of [...model.refs].sort()) {
      const read = byName.get(name);
      if (read) visit(read, [...path, model.name]);
    }
    ordered.add(model);
  };
  for (const model of [...models].sort((a, b) => a.name < b.name ? -1 : 1)) visit(model, []);
  return [...ordered];
}
