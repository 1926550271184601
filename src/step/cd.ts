// A CD with files of the user's for a machine.
import { join } from "node:path";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import { checkSources, findSourceFolder } from "./media-source.ts";

/** Bytes of a volume name. */
const LABEL = 32;

const options = Object.freeze({
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

type Config = ConfigOf<typeof options>;

/** What is on the CD. There is none unless files or texts are given. */
export const cdStep = Object.freeze({
  options,
  /** Reports files that are not there, and a label that cannot be written. */
  check(config: Config, context: PrepareContext): void {
    checkSources("cd_files", "CD disk file", config.cd_files, context);
    const bytes = Buffer.byteLength(config.cd_label);
    if (bytes > LABEL && !context.isPending("cd_label")) {
      context.problem("cd_label", `The cd_label '${config.cd_label}' is too long`, {
        detail: `It has ${bytes} bytes; a CD holds ${LABEL}.`,
      });
    }
  },
  /** Files and folders that go on the CD; for patterns, the folder in which they are looked for. */
  reads: (config: Pick<Config, "cd_files">): readonly string[] => config.cd_files.map(findSourceFolder),
});

/** Makes the image of the CD and gives its path; `undefined` without anything to put on it. It goes away with the build. */
export async function makeCd(config: Config, run: Run): Promise<string | undefined> {
  const { cd_files: files, cd_content: content, cd_label: label } = config;
  if (files.length + Object.keys(content).length === 0) {
    return undefined;
  }
  const path = join(await run.temporaryFolder("packer-media"), "cd.iso");
  const scratch = await run.temporaryFolder("packer-cd");
  const { writeCd } = await import("../driver/cd/cd.ts");
  await writeCd(path, { files, content, label }, { host: run.host, signal: run.signal, ui: run.ui, scratch });
  await run.remove(scratch);
  return path;
}
