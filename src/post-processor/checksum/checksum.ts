// Writes the checksums of an artifact's files beside them.
// https://developer.hashicorp.com/packer/docs/post-processors/checksum
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { runInTurn } from "../../driver/local-files/in-turn.ts";
import { followLink } from "../../driver/local-files/replace-file.ts";
import { type Artifact, readGeneratedData } from "../../sdk/artifact.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { noteFiles } from "../../step/artifact-files.ts";
import { checkOwnPath } from "../../step/own-path.ts";

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
    takesBuildData: true,
    templateData: ["BuildName", "BuilderType", "ChecksumType"],
    example: "images/{{.BuildName}}.{{.ChecksumType}}",
  }),
};

export const checksum = definePostProcessor({
  type: "checksum",
  summary: "Writes the checksums of an artifact's files beside them.",
  options,
  prepare(config, context) {
    checkOwnPath("output", config.output, context);
  },
  async postProcess(config, input, run) {
    const { computeDigests } = await import("../../driver/checksum/digest.ts");
    const { cwd } = run.host;
    const generated = await readGeneratedData(input);
    const types = [...config.checksum_types];
    const digests: (readonly string[])[] = [];
    for (const file of input.files) {
      digests.push(await computeDigests(resolve(cwd, file), types, run.signal));
    }

    const written: string[] = [];
    for (const [index, type] of types.entries()) {
      const output = run.render(config.output || DEFAULT_OUTPUT, {
        ...generated,
        BuildName: run.build.name,
        BuilderType: run.build.builderType,
        ChecksumType: type,
      });
      const lines = input.files.map((file, at) => `${digests[at]?.[index]}\t${basename(file)}\n`);
      if (lines.length > 0 && (await append(resolve(cwd, output), lines.join(""), run.signal))) {
        written.push(output);
      }
    }
    const files = [...input.files, ...written];
    return { artifact: makeChecksumArtifact(files, input, await noteFiles(files, run)), input: "must-keep" };
  },
});

/** True when the file is new. Of lines that do not all fit on the disk none is left. */
async function append(path: string, text: string, signal: AbortSignal): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await runInTurn(await followLink(path), signal, async () => {
      const facts = await stat(path).catch(() => undefined);
      if (facts?.isFile() === false) {
        throw new Error("it is not a regular file");
      }
      const file = await openToAppend(path);
      try {
        await file.handle.writeFile(text).catch(async (thrown) => {
          await file.handle.truncate(facts?.size ?? 0);
          throw thrown;
        });
      } finally {
        await file.handle.close();
      }
      return file.isNew;
    });
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("environment", "host/file-unwritable", `The checksum file "${path}" could not be written`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
}

/** Only one of those that write at the same time finds the file new. */
async function openToAppend(path: string): Promise<{ readonly handle: FileHandle; readonly isNew: boolean }> {
  try {
    return { handle: await open(path, "ax", 0o644), isNew: true };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") {
      throw thrown;
    }
    return { handle: await open(path, "a", 0o644), isNew: false };
  }
}

function makeChecksumArtifact(files: readonly string[], input: Artifact, destroy: Artifact["destroy"]): Artifact {
  return {
    builderId: "packer.post-processor.checksum",
    id: "",
    files,
    describe: () => `Created artifact from files: ${files.join(", ")}`,
    state: (name) => (name === "generated_data" ? input.state(name) : undefined),
    destroy,
  };
}
