// The recipes of all builds of a template, worked out without what only a build needs: nothing is fetched and nobody is asked.
import { failure } from "../../diagnostic/build-error.ts";
import { type Diagnostic, isError } from "../../diagnostic/diagnostic.ts";
import type { Host, Network } from "../../host/host.ts";
import type { Lookups } from "../../template/engine/scope.ts";
import type { PlanRequest } from "../../template/loading.ts";
import type { CommandContext } from "../command.ts";
import { load, type TemplateConfig } from "../template-options.ts";
import { type BuildRecipe, type RecipeFacts, recipeOf } from "./recipe.ts";
import { recipeFacts } from "./recipe-facts.ts";
import { timeless } from "./timeless.ts";

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
  readonly config: TemplateConfig & Pick<PlanRequest, "only" | "except">;
  readonly context: CommandContext;
  /** The same for all recipes that are compared. */
  readonly salt: Uint8Array;
}

const settings = { force: false, debug: false, onError: "cleanup" } as const;

/** Reads a template and describes its builds. Variables without a value and data sources stay unknown. */
export async function imageRecipes({ template, config, context, salt }: RecipesRequest): Promise<TemplateRecipes> {
  const offline = timeless({ ...context, host: withoutNetwork(context.host), lookups: standIns });
  const loaded = await load(template, config, offline, { allowUnsetVars: true });
  const text = [...loaded.files.values()].map((file) => file.text).join("\n");
  const broken = loaded.diagnostics.filter(isError);
  if (broken.length > 0) return { template, recipes: [], mistakes: broken, text };
  const { only, except } = config;
  const { signal } = context;
  const request = { only, except, settings, signal, formOnly: true, listOnly: true, evaluateDataSources: false };
  const { plan, diagnostics } = await loaded.plan(request);
  const facts: RecipeFacts = recipeFacts({ host: offline.host, secrets: context.secrets }, { salt });
  const recipes = [];
  for (const build of plan.builds) {
    signal.throwIfAborted();
    recipes.push(await recipeOf(build, facts));
  }
  return { template, recipes, mistakes: diagnostics.filter(hides), text };
}

/** Whether something is missing because of it. */
function hides(diagnostic: Diagnostic): boolean {
  return isError(diagnostic) || diagnostic.code === "component/not-native";
}

/** What would be looked up is told by its name, so that another name is a difference. */
const standIns: Lookups = {
  vault: async (path, key) => `<vault ${path} ${key}>`,
  consul_key: async (path) => `<consul ${path}>`,
  aws_secretsmanager: async (name, key) => `<aws secret ${name} ${key ?? ""}>`,
  aws_secretsmanager_raw: async (name) => `<aws secret ${name}>`,
};

function withoutNetwork(host: Host): Host {
  const refuse = async (): Promise<never> => {
    throw failure("network", "plan/no-network", "A plan is made without the network");
  };
  const network: Network = { resolve: refuse, connect: refuse, secure: refuse, listen: refuse, fetch: refuse };
  return { ...host, network };
}
