// The plan of a pull request: base and head are evaluated side by side, and what differs is shown.
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { CommandContext } from "../../command/command.ts";
import { type ImagePlan, planImages } from "../../command/plan/image-plan.ts";
import {
  gatherImageRecipes,
  type RecipesRequest,
  type TemplateRecipes,
} from "../../command/plan/image-plan-recipes.ts";
import { makeSalt } from "../../command/recipe-facts.ts";
import type { FileRecipe } from "../../recipe/recipe-files.ts";
import type { ActionContext } from "../action-context.ts";
import { findTemplates } from "../input/find-templates.ts";
import { escapeText } from "../result/markdown.ts";
import { openGateWithin } from "../runner/confined.ts";
import { type BaseTree, withBaseTree } from "./image-plan-base.ts";
import { planMarkdown } from "./image-plan-markdown.ts";
import { explainFailure, openGitHub, type PullRequest, readPullRequest } from "./pull-request.ts";
import { keepStickyComment, writeMarker } from "./sticky-comment.ts";

/** Room that the page of a run has for the plan. */
const LONGEST_SUMMARY = 400_000;

export interface ImagePlanRequest {
  readonly action: ActionContext;
  readonly context: CommandContext;
  readonly token: string;
  /** Paths and patterns, as given. */
  readonly templates: readonly string[];
  readonly config: RecipesRequest["config"];
  /** Whether files outside of the checkout may be read. */
  readonly allowFilesOutside: boolean;
  /** Whether the plan goes into a comment too. */
  readonly comments: boolean;
}

/** Compares the images of the pull request with those of its base; gives the Markdown for the page of the run. */
export async function pullRequestPlan(request: ImagePlanRequest): Promise<string> {
  const { action, token } = request;
  const { host, env, signal, secrets, log } = action;
  const pull = readPullRequest(env);
  if (pull === undefined) {
    log.now("This run is for no pull request: there is nothing to compare the images with.");
    return "";
  }
  try {
    const compared = await withBaseTree({ host, env, pull, token, signal }, (tree) => findComparison(request, tree));
    // A comment is public: secrets are hidden before anything is cut or written as Markdown.
    const plan = secrets.shown(compared.plan);
    const markdown = (longest: number, whole: string): string =>
      planMarkdown({ plan, base: compared.base, head: pull.headSha, longest, whole });
    const reason = request.comments ? await writeComment(request, pull, plan, markdown) : "";
    return [markdown(LONGEST_SUMMARY, "too long for this page"), ...(reason === "" ? [] : [reason])].join("\n");
  } catch (thrown) {
    signal.throwIfAborted();
    return leaveOut(request, explainFailure(thrown));
  }
}

function leaveOut({ action: { log, secrets } }: ImagePlanRequest, reason: string): string {
  log.notice("The images could not be compared", reason);
  return `### Image plan\n\n⚠️ ${escapeText(secrets.filter(reason))}`;
}

async function findComparison(
  request: ImagePlanRequest,
  tree: BaseTree,
): Promise<{ readonly plan: ImagePlan; readonly base: string }> {
  const { host } = request.context;
  const salt = makeSalt(host);
  // Neither side sees the environment of the job: its secrets are no part of what changes.
  const env = Object.fromEntries(Object.entries(host.env).filter(([name]) => name.startsWith("PKR_VAR_")));
  const side = async (cwd: string, root: string, files = host.files): Promise<TemplateRecipes[]> => {
    const context = { ...request.context, host: { ...host, cwd, env, files } };
    const found: TemplateRecipes[] = [];
    for (const template of findTemplates(request.templates, cwd).templates) {
      found.push(
        isComparable(await gatherImageRecipes({ template, config: request.config, context, salt }), cwd, root, tree),
      );
    }
    return found;
  };
  const before = await side(
    tree.cwd,
    tree.root,
    request.allowFilesOutside ? host.files : openGateWithin([tree.root, tree.headRoot]),
  );
  const after = await side(host.cwd, tree.headRoot);
  return { plan: planImages(before, after), base: tree.sha };
}

/** The same paths on both sides, and no files that a step before this one made: only one side could have them. */
function isComparable(found: TemplateRecipes, cwd: string, root: string, tree: BaseTree): TemplateRecipes {
  const inJson = (path: string): string => JSON.stringify(path).slice(1, -1);
  const moved = JSON.parse(JSON.stringify(found).replaceAll(inJson(root), inJson(tree.headRoot))) as TemplateRecipes;
  const folder = resolve(tree.headRoot, relative(root, cwd));
  const belongs = ({ path }: FileRecipe): boolean => {
    const inside = relative(tree.headRoot, resolve(folder, path)).split(sep).join("/");
    return inside.startsWith("../") || isAbsolute(inside) || tree.isTracked(inside);
  };
  return { ...moved, recipes: moved.recipes.map((recipe) => ({ ...recipe, files: recipe.files.filter(belongs) })) };
}

/** Brings the comment up to date; gives the reason, as Markdown, when there can be none. */
async function writeComment(
  { action, token, templates, config }: ImagePlanRequest,
  pull: PullRequest,
  plan: ImagePlan,
  markdown: (longest: number, whole: string) => string,
): Promise<string> {
  const { env, host, log, signal } = action;
  const page = `${env["GITHUB_SERVER_URL"] || "https://github.com"}/${env["GITHUB_REPOSITORY"]}/actions/runs/${env["GITHUB_RUN_ID"]}`;
  try {
    const github = await openGitHub(env, token, host, signal);
    if (github === undefined) {
      return excuse(action, "The input `github-token` is empty.");
    }
    const { only, except } = config;
    const marker = writeMarker(env, [relative(env["GITHUB_WORKSPACE"] ?? "", host.cwd), templates, only, except]);
    const body = (longest: number): string => markdown(longest, `on [the page of the run](${page})`).slice(0, longest);
    const isNews = plan.images.some(({ change }) => change !== "unchanged");
    const written = await keepStickyComment(github, pull.number, { marker, body, isNews });
    if (written !== undefined) {
      log.now(`The plan is in the comment ${written.url}`);
    }
    return "";
  } catch (thrown) {
    signal.throwIfAborted();
    return excuse(action, explainFailure(thrown));
  }
}

function excuse({ log, secrets }: ActionContext, reason: string): string {
  log.notice("The plan is in the summary only", reason);
  return `\n<sub>${escapeText(`There is no comment: ${secrets.filter(reason)}`)}</sub>\n`;
}
