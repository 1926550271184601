// What a command of ours says in a container: a few lines, unless the container is made to say more.
import { failure } from "../../diagnostic/build-error.ts";

const MOST = 1024 * 1024;

/** Keeps what is said. A command that says far too much is ended. */
export class KeptWords {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** Takes a piece of output. */
  readonly take = (chunk: Uint8Array): void => {
    this.#size += chunk.length;
    if (this.#size > MOST) {
      throw failure("provisioner", "docker/exec", "A command that belongs to a transfer does not stop talking", {
        detail: "It should say a few lines in the container and has said more than 1 MiB.",
        hint: "Is /bin/sh of the image what it should be?",
      });
    }
    this.#chunks.push(Buffer.from(chunk));
  };

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
