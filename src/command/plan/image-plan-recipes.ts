// The recipes of all builds of a template, worked out without what only a build needs: nothing is fetched and nobody is asked.
import { type Diagnostic, isError } from "../../diagnostic/diagnostic.ts";
import { type BuildRecipe, type RecipeFacts, writeRecipe } from "../../recipe/recipe.ts";
import { freezeTime } from "../../recipe/timeless.ts";
import type { CommandContext } from "../command.ts";
import { gatherRecipeFacts } from "../recipe-facts.ts";
import { load, type SelectionConfig } from "../template-options.ts";
import { cutNetwork } from "./offline.ts";

/** What is known of the images of one template. */
export interface TemplateRecipes {
  readonly template: string;
  readonly recipes: readonly BuildRecipe[];
  /** Why some builds are missing or incomplete. */
  readonly mistakes: readonly Diagnostic[];
  /** All files that the template was read from. */
  readonly text: string;
}

export interface RecipesRequest {
  readonly template: string;
  readonly config: SelectionConfig;
  readonly context: CommandContext;
  /** The same for all recipes that are compared. */
  readonly salt: Uint8Array;
}

const settings = { force: false, debug: false, onError: "cleanup" } as const;

/** Reads a template and describes its builds. Variables without a value and data sources stay unknown. */
export async function gatherImageRecipes({
  template,
  config,
  context,
  salt,
}: RecipesRequest): Promise<TemplateRecipes> {
  const apart = freezeTime(cutNetwork(context));
  const loaded = await load(template, config, apart, { allowUnsetVars: true });
  const text = [...loaded.files.values()].map((file) => file.text).join("\n");
  const broken = loaded.diagnostics.filter(isError);
  if (broken.length > 0) {
    return { template, recipes: [], mistakes: broken, text };
  }
  const { only, except } = config;
  const { signal } = context;
  const request = { only, except, settings, signal, formOnly: true, listOnly: true, evaluateDataSources: false };
  const { plan, diagnostics } = await loaded.plan(request);
  const facts: RecipeFacts = gatherRecipeFacts({ host: apart.host, secrets: context.secrets }, { salt });
  const recipes = [];
  for (const build of plan.builds) {
    signal.throwIfAborted();
    recipes.push(await writeRecipe(build, facts));
  }
  return { template, recipes, mistakes: diagnostics.filter(hides), text };
}

/** Whether something is missing because of it. */
function hides(diagnostic: Diagnostic): boolean {
  return isError(diagnostic) || diagnostic.code === "component/not-native";
}
