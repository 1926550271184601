// The machine of a build without a connection: commands succeed and do nothing.
import { failure } from "../diagnostic/build-error.ts";
import { type Communicator, NO_CONNECTION } from "../sdk/communicator.ts";

/** Stands in when a builder has no machine to connect to. */
export const noMachine: Communicator = Object.freeze({
  type: NO_CONNECTION,
  generated: {},
  exec: async () => ({ end: "exited", code: 0 }) as const,
  upload: async () => refuse("Upload"),
  uploadDir: async () => refuse("UploadDir"),
  // biome-ignore lint/correctness/useYield: it fails before there is anything to give.
  async *download() {
    refuse("Download");
  },
  downloadDir: async () => refuse("DownloadDir"),
  close: async () => {},
});

function refuse(operation: string): never {
  // As Packer words it. A mistake in the template, so that nobody waits for it to get better.
  throw failure("template", "run/no-machine", `${operation} is not implemented when communicator = 'none'`, {
    hint: "Choose a communicator, or use provisioners that work on this machine.",
  });
}
