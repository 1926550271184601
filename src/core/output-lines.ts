// What a remote command prints, cut into the lines a person would have seen.
import { StringDecoder } from "node:string_decoder";
import type { LineCuts } from "../host/host.ts";

/** A line that never ends is handed over in pieces of this many characters. */
const LONGEST = 1024 * 1024;

/** Where nothing is hidden. */
const ANYWHERE: LineCuts = { longest: 0, findCut: (_text, at) => at };

export interface OutputLines {
  write(chunk: Uint8Array): void;
  /** Hands over a last line without line end. */
  end(): void;
}

/**
 * As Packer: each line loses the white space at its end and everything up to its last carriage return,
 * so of a progress bar only its last state is left. Blank lines are kept.
 */
export function splitOutput(onLine: (line: string) => void, cuts: LineCuts = ANYWHERE): OutputLines {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      onLine(showVisible(rest + text.slice(from, end)));
      rest = "";
      from = end + 1;
    }
    rest += text.slice(from);
    if (rest.length > LONGEST + cuts.longest) {
      shorten();
    }
  };
  const shorten = (): void => {
    const redrawn = rest.trimEnd().lastIndexOf("\r");
    if (redrawn >= 0) {
      rest = rest.slice(redrawn + 1);
    }
    const last = rest.length - cuts.longest;
    if (last <= LONGEST) {
      return;
    }
    // Between two words where there are some, and never inside of what is hidden.
    const blank = rest.slice(0, last).search(/\s\S*$/);
    const end = cuts.findCut(rest, blank > LONGEST / 2 ? blank : last);
    onLine(showVisible(rest.slice(0, end)));
    rest = rest.slice(end);
  };
  return {
    write: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end() {
      take(decoder.end());
      if (rest !== "") {
        onLine(showVisible(rest));
      }
      rest = "";
    },
  };
}

function showVisible(line: string): string {
  const trimmed = line.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}
