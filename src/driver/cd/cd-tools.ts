// The programs that make CD images, in the order in which they are looked for.

/** A program and how it is called. */
export interface CdTool {
  readonly name: string;
  /** The command that makes `image` of what is in `folder`. */
  command(job: {
    readonly label: string;
    readonly folder: string;
    readonly image: string;
  }): readonly [string, ...string[]];
}

export const cdTools: readonly CdTool[] = [
  {
    name: "xorriso",
    command: ({ label, folder, image }) => [
      "xorriso",
      "-as",
      "genisoimage",
      "-rock",
      "-joliet",
      "-volid",
      label,
      "-output",
      image,
      folder,
    ],
  },
  {
    name: "mkisofs",
    command: ({ label, folder, image }) => ["mkisofs", "-joliet", "-volid", label, "-o", image, folder],
  },
  {
    name: "hdiutil",
    command: ({ label, folder, image }) => [
      "hdiutil",
      "makehybrid",
      "-o",
      image,
      "-hfs",
      "-joliet",
      "-iso",
      "-default-volume-name",
      label,
      folder,
    ],
  },
  {
    name: "oscdimg",
    command: ({ label, folder, image }) => ["oscdimg", "-j1", "-o", "-m", `-l${label}`, folder, image],
  },
];
