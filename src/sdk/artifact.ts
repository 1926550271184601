// What a build or a post-processor hands on.

/** The result of a build: files on this machine, or something that lives elsewhere under an id. */
export interface Artifact {
  /** Names who made it and so what it is, such as `packer.docker`; post-processors accept or refuse it by this. */
  readonly builderId: string;
  readonly id: string;
  readonly files: readonly string[];
  /** One line for the user: the text after `--> name: `. */
  describe(): string | Promise<string>;
  /** Further facts under a name; `generated_data` holds the values of the `build` function, `digest` what a registry calls the content, `tags` all names of an image. The answer may be a promise. */
  state(name: string): unknown;
  /** Removes what the artifact stands for. */
  destroy(): Promise<void>;
  /** Nobody is going to ask any more: lets go of what answers. The artifact itself stays. */
  close?(): Promise<void>;
}

/** One value that a build publishes: a text mostly, but a list or a map as well. */
export type GeneratedValue =
  | string
  | number
  | boolean
  | null
  | readonly GeneratedValue[]
  | { readonly [key: string]: GeneratedValue };

/** Data that a build publishes for templates: `ID`, `Host`, … */
export type GeneratedData = Readonly<Record<string, GeneratedValue>>;

/** The build's data that an artifact carries on. */
export async function readGeneratedData(artifact: Artifact): Promise<GeneratedData> {
  const data = await artifact.state("generated_data");
  return typeof data === "object" && data !== null ? (data as GeneratedData) : {};
}
