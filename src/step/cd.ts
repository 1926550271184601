// Options of every builder that gives its machine a CD of the user's files, and their checks.
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import { checkSources, sourceFolder } from "./media-source.ts";

/** Bytes of a volume name. */
const LABEL = 32;

/** What is on the CD. There is none unless one of the first two is set. */
export const cdOptions = Object.freeze({
  cd_files: option.strings({
    description:
      "Files and folders to put on a CD that the machine gets, in its top folder. " +
      "Patterns such as `*.inf` may be used; of a folder that ends in a slash, the contents are taken and not the folder itself.",
    example: ["cloud-init/meta-data", "drivers"],
  }),
  cd_content: option.stringMap({
    description: "Texts to put on the CD, by the paths of their files. They win over files of the same name.",
    example: { "user-data": "#cloud-config\n", "meta-data": "" },
  }),
  cd_label: option.string({
    description: "Label of the CD, at most 32 characters. cloud-init looks for `cidata`.",
    default: "packer",
    example: "cidata",
  }),
});

type CdConfig = ConfigOf<typeof cdOptions>;

/** Reports files that are not there, and a label that cannot be written. */
export function checkCd(config: CdConfig, context: PrepareContext): void {
  checkSources("cd_files", "CD disk file", config.cd_files, context);
  const bytes = Buffer.byteLength(config.cd_label);
  if (bytes > LABEL && !context.isPending("cd_label")) {
    context.problem("cd_label", `The cd_label '${config.cd_label}' is too long`, {
      detail: `It has ${bytes} bytes; a CD holds ${LABEL}.`,
    });
  }
}

/** Files and folders that go on the CD; for patterns, the folder in which they are looked for. */
export function cdReads(config: Pick<CdConfig, "cd_files">): readonly string[] {
  return config.cd_files.map(sourceFolder);
}
