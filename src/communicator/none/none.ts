// No connection at all. Follows https://developer.hashicorp.com/packer/docs/communicators/none
import { failure } from "../../diagnostic/build-error.ts";
import type { Communicator } from "../../sdk/communicator.ts";
import { defineCommunicator } from "../../sdk/communicator-kind.ts";

/** The `none` communicator: commands do nothing and succeed, files cannot be copied. */
export const none = defineCommunicator({
  type: "none",
  summary: "Makes no connection: for images that need no provisioning.",
  options: {},
  connects: false,
  connect: () => Promise.resolve(unconnected),
});

const unconnected: Communicator = Object.freeze({
  type: "none",
  generated: { ConnType: "none" },
  exec: () => Promise.resolve({ end: "exited", code: 0 } as const),
  upload: () => explainUnsupported("Upload"),
  uploadDir: () => explainUnsupported("UploadDir"),
  // biome-ignore lint/correctness/useYield: there is nothing to give
  async *download() {
    await explainUnsupported("Download");
  },
  downloadDir: () => explainUnsupported("DownloadDir"),
  close: () => Promise.resolve(),
});

function explainUnsupported(operation: string): Promise<never> {
  return Promise.reject(
    failure("template", "communicator/none-unsupported", `${operation} is not implemented when communicator = 'none'`, {
      hint: "Use a communicator that connects, such as ssh, or take out the provisioner that copies files.",
    }),
  );
}
