// Options of every builder that gives its machine a floppy disk, and their checks.
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import { checkSources, sourceFolder } from "./media-source.ts";

/** Bytes of a label. */
const LABEL = 11;

/** What is on the floppy disk. There is none unless one of the first three is set. */
export const floppyOptions = Object.freeze({
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

type FloppyConfig = ConfigOf<typeof floppyOptions>;

/** Reports files that are not there, and a label that cannot be written. */
export function checkFloppy(config: FloppyConfig, context: PrepareContext): void {
  checkSources("floppy_files", "Floppy disk file", config.floppy_files, context);
  checkSources("floppy_dirs", "Floppy disk directory", config.floppy_dirs, context);
  const { floppy_label: label } = config;
  if (context.isPending("floppy_label")) {
    return;
  }
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

/** Files and folders that go on the floppy disk; for patterns, the folder in which they are looked for. */
export function floppyReads(config: Pick<FloppyConfig, "floppy_files" | "floppy_dirs">): readonly string[] {
  return [...config.floppy_files, ...config.floppy_dirs].map(sourceFolder);
}
