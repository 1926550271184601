// Our side of a plugin's `Ui`: what it says goes to the log of its build.
import type { Progress, Ui } from "../../sdk/run.ts";
import { type RpcService, readField, readText } from "../wire/rpc.ts";
import { readTexts } from "./plain-data.ts";

/** Finds the services `Ui` and, for every transfer that is under way, `Ui` with its token. */
export function serveUi(ui: Ui): (name: string) => RpcService | undefined {
  const transfers = new Map<string, Progress>();
  let last = 0;
  const speak: RpcService = {
    Say: (text) => ui.say(readText(text)),
    Message: (text) => ui.message(readText(text)),
    Error: (text) => ui.error(readText(text)),
    Ask: (question) => askUser(ui, readText(question)),
    Machine: (line) => ui.machine(readText(readField(line, "Category")), ...readTexts(readField(line, "Args"))),
    NewTrackProgress: (transfer) => {
      last += 1;
      const total = Number(readField(transfer, "TotalSize") ?? 0);
      const done = Number(readField(transfer, "CurrentSize") ?? 0);
      const progress = ui.progress(readText(readField(transfer, "Src")), total > 0 ? total : undefined);
      progress.advance(done);
      transfers.set(`Ui${last}`, progress);
      return String(last);
    },
  };
  return (name) => {
    if (name === "Ui") {
      return speak;
    }
    const progress = transfers.get(name);
    return progress && serveProgress(progress, () => transfers.delete(name));
  };
}

function serveProgress(progress: Progress, forget: () => void): RpcService {
  return {
    Add: (bytes) => progress.advance(Number(bytes) || 0),
    Close: () => {
      progress.end();
      forget();
    },
  };
}

async function askUser(ui: Ui, question: string): Promise<string> {
  const answer = await ui.ask(question);
  if (answer === undefined) {
    throw new Error("nobody can answer");
  }
  return answer;
}
