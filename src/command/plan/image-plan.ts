// The recipes of two versions of the templates -> what changes for each image.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { compareRecipes, type Difference } from "../../recipe/differences.ts";
import type { BuildRecipe } from "../../recipe/recipe.ts";
import type { TemplateRecipes } from "./image-plan-recipes.ts";

/** What becomes of one image. */
export interface ImageChange {
  readonly template: string;
  /** Of the build that makes it. */
  readonly name: string;
  readonly builder: string;
  readonly change: "added" | "removed" | "changed" | "uncertain" | "unchanged";
  /** Of a changed one. */
  readonly differences: readonly Difference[];
}

/** What becomes of all images, in the order of the templates; removed ones come last. */
export interface ImagePlan {
  readonly images: readonly ImageChange[];
  /** What could not be read before and after. */
  readonly mistakes: { readonly base: readonly Diagnostic[]; readonly head: readonly Diagnostic[] };
}

interface Image {
  readonly template: TemplateRecipes;
  readonly recipe: BuildRecipe;
}

/** Compares all images by their templates and names. */
export function planImages(base: readonly TemplateRecipes[], head: readonly TemplateRecipes[]): ImagePlan {
  const [before, after] = [collectImages(base), collectImages(head)];
  const images: ImageChange[] = [];
  for (const [key, image] of after) {
    images.push(compareImages(before.get(key), image));
  }
  for (const [key, image] of before) {
    if (!after.has(key)) {
      images.push({ ...pickFacts(image), change: "removed", differences: [] });
    }
  }
  const mistakesOf = (all: readonly TemplateRecipes[]): readonly Diagnostic[] =>
    all.flatMap(({ mistakes }) => mistakes);
  return { images, mistakes: { base: mistakesOf(base), head: mistakesOf(head) } };
}

/** Builds of the same name are told apart by their order. */
function collectImages(templates: readonly TemplateRecipes[]): ReadonlyMap<string, Image> {
  const images = new Map<string, Image>();
  for (const template of templates) {
    for (const recipe of template.recipes) {
      let key: string;
      let turn = 0;
      do {
        key = JSON.stringify([template.template, recipe.name, turn++]);
      } while (images.has(key));
      images.set(key, { template, recipe });
    }
  }
  return images;
}

function compareImages(before: Image | undefined, after: Image): ImageChange {
  const facts = pickFacts(after);
  if (before === undefined) {
    return { ...facts, change: "added", differences: [] };
  }
  const found = compareRecipes(before.recipe, after.recipe);
  if (found.length > 0) {
    return { ...facts, change: "changed", differences: found };
  }
  return { ...facts, change: mayDiffer(before, after) ? "uncertain" : "unchanged", differences: [] };
}

/** Values that are not known compare as equal: where there are any, another text may mean another image. */
function mayDiffer(before: Image, after: Image): boolean {
  return before.template.text !== after.template.text && hasUnknown(after.recipe);
}

/** Texts that are not known are "unknown" in a recipe, variables without a value null. */
function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return value === null || value === "unknown";
  }
  return Object.values(value).some(hasUnknown);
}

function pickFacts({
  template: { template },
  recipe: { name, builder },
}: Image): Pick<ImageChange, "template" | "name" | "builder"> {
  return { template, name, builder: builder.type };
}
