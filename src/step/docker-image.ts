// The artifact of everything that makes or names a container image.
import type { Artifact, GeneratedData } from "../sdk/artifact.ts";

/** An image of this machine's engine. */
export interface ImageFacts {
  /** Says who made it: one of `builderIds`. */
  readonly builderId: string;
  /** An image id, or the last name it was given. */
  readonly id: string;
  /** The names it was given, in full. */
  readonly tags: readonly string[];
  readonly generated: GeneratedData;
  destroy(): Promise<void>;
}

/** Makes the artifact; `docker_tags`, `tags`, `generated_data` and `digest` are its state. */
export function makeImageArtifact({ builderId, id, tags, generated, destroy }: ImageFacts): Artifact {
  const facts = new Map<string, unknown>([
    ["docker_tags", tags],
    ["tags", tags],
    ["generated_data", generated],
    ["digest", generated["Digest"]],
  ]);
  return Object.freeze({
    builderId,
    id,
    files: [],
    describe: () => `Imported Docker image: ${id}${tags.length > 0 ? ` with tags ${tags.join(" ")}` : ""}`,
    state: (name: string) => facts.get(name),
    destroy,
  });
}

/** The names of an image artifact. */
export async function readTags(artifact: Artifact): Promise<readonly string[]> {
  const tags = await artifact.state("docker_tags");
  return Array.isArray(tags) ? tags.map(String) : [];
}
