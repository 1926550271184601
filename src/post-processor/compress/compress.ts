// Packs the files of an artifact into one archive, or compresses its only file.
// https://developer.hashicorp.com/packer/docs/post-processors/compress
import { basename, resolve } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { makeArchivedFile } from "../../driver/archive/file-content.ts";
import { type Artifact, readGeneratedData } from "../../sdk/artifact.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import type { Run } from "../../sdk/run.ts";
import { noteFiles } from "../../step/artifact-files.ts";
import { checkOwnPath } from "../../step/own-path.ts";
import { partialFile, writeWhole } from "../../step/whole-file.ts";
import { type Format, guessFormat } from "./format.ts";

const DEFAULT_OUTPUT = "packer_{{.BuildName}}_{{.BuilderType}}";

const options = {
  output: option.string({
    description:
      "Path of the archive. The end of its name decides what it becomes: `.tar`, `.zip`, `.tar.gz`, `.tar.lz4`, `.tar.bgzf` and `.tar.xz` hold any number of files, `.gz`, `.lz4`, `.bgzf` and `.xz` a single one. Any other name becomes a tar compressed with gzip.",
    default: DEFAULT_OUTPUT,
    renderedLate: true,
    takesBuildData: true,
    templateData: ["BuildName", "BuilderType"],
    example: "images/{{.BuildName}}.tar.gz",
  }),
  format: option.string({
    description:
      "What the archive becomes when `output` has no telling end, such as `zip` or `tar.gz`. The name of the file does not change.",
    default: "",
  }),
  compression_level: option.number({
    description:
      "From 1, the fastest, to 9, the smallest. Without it, and for 0 and -1, gzip, bgzf and xz use 6 and lz4 its fastest. A zip archive always uses 6.",
    min: -1,
  }),
};

type Config = ConfigOf<typeof options>;

export const compress = definePostProcessor({
  type: "compress",
  summary: "Packs the files of an artifact into one archive, or compresses its only file.",
  options,
  writes: ({ output }) => [{ option: "output", path: output || DEFAULT_OUTPUT, is: "file" }],
  resources: [partialFile],
  prepare(config, context) {
    checkOwnPath("output", config.output, context);
    const end = config.format ? undefined : MISLEADING.exec(config.output)?.[0];
    if (end !== undefined && !context.isPending("output")) {
      context.warn(
        "output",
        `Nothing is written as ${end} here: the output becomes a tar compressed with gzip under that name`,
      );
    }
  },
  async postProcess(config, input, run) {
    const data = await readGeneratedData(input);
    const output = run.render(config.output || DEFAULT_OUTPUT, {
      ...data,
      BuildName: run.build.name,
      BuilderType: run.build.builderType,
    });
    const format = guessFormat(output, config.format);
    checkFiles(format, output, input.files, run.host.cwd);
    await write({ output, format, files: input.files }, config, run);
    return { artifact: makeArchiveArtifact(output, await noteFiles([output], run), data), input: "discard" };
  },
});

function checkFiles(format: Format, output: string, files: readonly string[], cwd: string): void {
  if (files.length === 0 && format.archive !== undefined) {
    throw failure("template", "compress/nothing", `There is nothing to pack into "${output}"`, {
      detail: "The artifact has no files, so the archive would be empty.",
      hint: "Put compress behind what makes files, or name them with artifice before it.",
    });
  }
  if (format.archive === undefined && files.length !== 1) {
    throw failure(
      "template",
      "compress/not-one-file",
      `Can only have 1 input file when not using tar/zip. Found ${files.length} files: [${files.join(" ")}]`,
      {
        hint: `Choose an output that can hold several files, such as "${suggestArchive(output)}".`,
      },
    );
  }
  if (files.some((file) => resolve(cwd, file) === resolve(cwd, output))) {
    throw failure(
      "template",
      "compress/output-is-input",
      `The output "${output}" is one of the files to be compressed`,
      {
        hint: "Give the archive another name.",
      },
    );
  }
}

interface Archive {
  readonly output: string;
  readonly format: Format;
  readonly files: readonly string[];
}

/** `a.gz` becomes `a.tar.gz`. */
function suggestArchive(output: string): string {
  return /\.(gz|lz4|bgzf|xz)$/.test(output) ? output.replace(/\.\w+$/, ".tar$&") : `${output}.tar.gz`;
}

/** Ends of names that promise another kind of file than the one they get. */
const MISLEADING = /\.(zst|zstd|bz2|tbz2?|7z|rar|br|lzma|Z)$/i;

async function write({ output, format, files }: Archive, config: Config, run: Run<typeof partialFile>): Promise<void> {
  const effort = { level: chooseLevel(config.compression_level), cores: run.host.cores };
  const archived = await Promise.all(
    files.map((file) => makeArchivedFile(resolve(run.host.cwd, file), nameMember(file, format, run.host.platform))),
  );
  const { readBytes } = await import("./archive-bytes.ts");
  announce(output, format, files, run);
  await writeWhole(output, readBytes(format, effort, archived, run), run);
  run.ui.say(`Archive ${output} completed`);
}

/** As Packer: 0 is what the format prefers, and more than 9 is 9. */
function chooseLevel(level: number | undefined): number {
  return level === undefined || level <= 0 ? -1 : Math.min(Math.trunc(level), 9);
}

/** As Packer: a tar has base names, a zip the paths as they were given. */
function nameMember(file: string, { archive }: Format, platform: NodeJS.Platform): string {
  if (archive !== "zip") {
    return basename(file);
  }
  return platform === "win32" ? file.replaceAll("\\", "/") : file;
}

function announce(output: string, { archive, algorithm }: Format, files: readonly string[], { ui, host }: Run): void {
  // Unlike Packer, which has one core for xz: the program uses all of them.
  if (algorithm !== undefined) {
    ui.say(`Using ${algorithm} compression with ${host.cores} ${host.cores === 1 ? "core" : "cores"} for ${output}`);
  }
  if (archive === "zip") {
    ui.say(`Zipping ${output}`);
  } else if (archive === "tar") {
    ui.say(`Tarring ${output} with ${algorithm ?? "no compression"}`);
  } else {
    ui.say(`Archiving ${files[0]} with ${algorithm}`);
  }
}

function makeArchiveArtifact(
  output: string,
  destroy: Artifact["destroy"],
  generated: Record<string, unknown>,
): Artifact {
  return {
    builderId: "packer.post-processor.compress",
    id: "",
    files: [output],
    describe: () => `compressed artifacts in: ${output}`,
    state: (name) => (name === "generated_data" ? generated : undefined),
    destroy,
  };
}
