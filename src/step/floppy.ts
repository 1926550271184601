// A floppy disk with files of the user's for a machine.
import { join } from "node:path";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import { checkSources, findSourceFolder } from "./media-source.ts";

/** Bytes of a label. */
const LABEL = 11;

const options = Object.freeze({
  floppy_files: option.strings({
    description:
      "Files to put on a floppy disk of 1.44 MB that the machine gets, all in its top folder. " +
      "Patterns such as `*.inf` may be used; of folders, all files are taken, whichever folder in it they are in.",
    example: ["answer_files/Autounattend.xml", "scripts/*.ps1"],
  }),
  floppy_dirs: option.strings({
    description: "Folders to put on the floppy disk as they are, with everything in them. Patterns may be used.",
    example: ["drivers"],
  }),
  floppy_content: option.stringMap({
    description: "Texts to put on the floppy disk, by the paths of their files.",
    example: { "meta-data": "instance-id: build\n" },
  }),
  floppy_label: option.string({ description: "Label of the floppy disk, at most 11 characters.", default: "packer" }),
});

type Config = ConfigOf<typeof options>;

/** What is on the floppy disk. There is none unless files, folders or texts are given. */
export const floppyStep = Object.freeze({
  options,
  /** Reports files that are not there, and a label that cannot be written. */
  check(config: Config, context: PrepareContext): void {
    checkSources("floppy_files", "Floppy disk file", config.floppy_files, context);
    checkSources("floppy_dirs", "Floppy disk directory", config.floppy_dirs, context);
    if (!context.isPending("floppy_label")) {
      checkLabel(config.floppy_label, context);
    }
  },
  /** Files and folders that go on the disk; for patterns, the folder in which they are looked for. */
  reads: (config: Pick<Config, "floppy_files" | "floppy_dirs">): readonly string[] =>
    [...config.floppy_files, ...config.floppy_dirs].map(findSourceFolder),
});

function checkLabel(label: string, context: PrepareContext): void {
  if (label.length > LABEL) {
    context.problem("floppy_label", `The floppy_label '${label}' is too long`, {
      detail: `It has ${label.length} characters; a floppy disk holds ${LABEL}.`,
    });
  }
  if (/[^ -~]|["*+,./:;<=>?[\\\]|]/.test(label)) {
    context.problem("floppy_label", `The floppy_label '${label}' has characters that a label cannot have`, {
      hint: "Use letters of the English alphabet, digits, spaces, - and _.",
    });
  }
}

/** Makes the image of the disk and gives its path; `undefined` without anything to put on it. It goes away with the build. */
export async function makeFloppy(config: Config, run: Run): Promise<string | undefined> {
  const { floppy_files: files, floppy_dirs: dirs, floppy_content: content, floppy_label: label } = config;
  if (files.length + dirs.length + Object.keys(content).length === 0) {
    return undefined;
  }
  const path = join(await run.temporaryFolder("packer-media"), "floppy.img");
  const { writeFloppy } = await import("../driver/floppy/floppy.ts");
  await writeFloppy(path, { files, dirs, content, label }, run);
  return path;
}
