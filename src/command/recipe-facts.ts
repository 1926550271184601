// What recipes take beside the builds, for a command.

import type { RecipeFacts } from "../recipe/recipe.ts";
import { openFileReader } from "../recipe/recipe-files.ts";
import { digestSecret, SALT_BYTES } from "../recipe/recipe-secrets.ts";
import type { CommandContext } from "./command.ts";
import { PACKAGE_VERSION } from "./version/version.ts";

export interface RecipeFactsRequest {
  /** Of the record to compare with; a new one unless given. Recipes with different salts differ in every secret. */
  readonly salt?: Uint8Array | undefined;
  /** Absolute paths of files that are none of the builds', such as the record itself. */
  readonly skipped?: readonly string[] | undefined;
}

/** The same for all builds of a command. */
export function gatherRecipeFacts(
  { host, secrets }: Pick<CommandContext, "host" | "secrets">,
  request: RecipeFactsRequest = {},
): RecipeFacts {
  const digest = digestSecret(request.salt ?? makeSalt(host));
  return { host, secrets, digest, files: openFileReader(secrets, digest, request.skipped), version: PACKAGE_VERSION };
}

/** A salt for a new record. Not to be taken from a timeless world. */
export function makeSalt({ random }: Pick<CommandContext["host"], "random">): Uint8Array {
  return random.bytes(SALT_BYTES);
}
