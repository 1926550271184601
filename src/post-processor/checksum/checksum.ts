// Writes the checksums of an artifact's files beside them.
// https://developer.hashicorp.com/packer/docs/post-processors/checksum
import { appendFile, lstat, mkdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { noteFiles } from "../../step/artifact-files.ts";

const DEFAULT_OUTPUT = "packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum";

const options = {
  checksum_types: option.strings({
    description: "The kinds of checksum to compute.",
    default: ["md5"],
    oneOf: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
    example: ["sha256"],
  }),
  output: option.string({
    description: "Path of the checksum file. A line `CHECKSUM<tab>NAME` is appended to it for every file.",
    default: DEFAULT_OUTPUT,
    renderedLate: true,
    templateData: ["BuildName", "BuilderType", "ChecksumType"],
    example: "images/{{.BuildName}}.{{.ChecksumType}}",
  }),
};

export const checksum = definePostProcessor({
  type: "checksum",
  summary: "Writes the checksums of an artifact's files beside them.",
  options,
  async postProcess(config, input, run) {
    const { digestsOf } = await import("../../driver/checksum/digest.ts");
    const { cwd } = run.host;
    const generated = input.state("generated_data") as Readonly<Record<string, unknown>> | undefined;
    const types = [...config.checksum_types];
    const digests: (readonly string[])[] = [];
    for (const file of input.files) digests.push(await digestsOf(resolve(cwd, file), types, run.signal));

    const written: string[] = [];
    for (const [index, type] of types.entries()) {
      const output = run.render(config.output || DEFAULT_OUTPUT, {
        ...generated,
        BuildName: run.build.name,
        BuilderType: run.build.builderType,
        ChecksumType: type,
      });
      const lines = input.files.map((file, at) => `${digests[at]?.[index]}\t${basename(file)}\n`);
      if (lines.length > 0 && (await append(resolve(cwd, output), lines.join("")))) written.push(output);
    }
    const files = [...input.files, ...written];
    return { artifact: checksumArtifact(files, input, await noteFiles(files, run)), input: "must-keep" };
  },
});

/** True when the file is new. */
async function append(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const existed = await lstat(path).then(
      () => true,
      () => false,
    );
    await appendFile(path, text, { mode: 0o644 });
    return !existed;
  } catch (thrown) {
    throw failure("environment", "host/file-unwritable", `The checksum file "${path}" could not be written`, {
      detail: messageOf(thrown),
      cause: thrown,
    });
  }
}

function checksumArtifact(files: readonly string[], input: Artifact, destroy: Artifact["destroy"]): Artifact {
  return {
    builderId: "packer.post-processor.checksum",
    id: "",
    files,
    describe: () => `Created artifact from files: ${files.join(", ")}`,
    state: (name) => (name === "generated_data" ? input.state(name) : undefined),
    destroy,
  };
}
