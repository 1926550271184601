// Reads the body of an answer as far as there is room for it.
import { failure } from "../../diagnostic/build-error.ts";
import type { Watch } from "./watch.ts";

/** The bytes of a body. One that is larger than `most` is broken off. */
export async function readBody(response: Response, most: number, watch: Watch): Promise<Buffer> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return Buffer.alloc(0);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (Number(response.headers.get("content-length") ?? 0) > most) {
      throw reportTooLarge(most);
    }
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return Buffer.concat(chunks);
      }
      watch.alive();
      size += value.length;
      if (size > most) {
        throw reportTooLarge(most);
      }
      chunks.push(value);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function reportTooLarge(most: number): Error {
  return failure(
    "network",
    "http/too-large",
    `the answer is larger than ${Math.floor(most / 1024 / 1024)} MiB, and was not read`,
  );
}
