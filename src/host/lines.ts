// Bytes in, whole lines of text out: no character and no line is ever split.
import { StringDecoder } from "node:string_decoder";

export interface LineReader {
  write(chunk: Uint8Array): void;
  /** Hands over what is left when the stream ends without a line end. */
  end(): void;
}

/** Calls `onLine` for every line of a byte stream as it is complete, without its `\n`. */
export function lineReader(onLine: (line: string) => void): LineReader {
  const decoder = new StringDecoder("utf8");
  let rest: string[] = [];
  const take = (text: string): void => {
    const lines = text.split("\n");
    const last = lines.pop() as string;
    for (const line of lines) {
      onLine(rest.length === 0 ? line : rest.join("") + line);
      rest = [];
    }
    if (last !== "") rest.push(last);
  };
  return {
    write: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end() {
      take(decoder.end());
      if (rest.length > 0) onLine(rest.join(""));
      rest = [];
    },
  };
}
