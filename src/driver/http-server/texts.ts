// Serves texts by their paths.
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { answerPlain, type Responder } from "./answer.ts";

/** Answers with the text of exactly the path that is asked for. */
export function serveTexts(content: Readonly<Record<string, string>>): Responder {
  return async ({ path }) => {
    const body = Object.hasOwn(content, path) ? content[path] : undefined;
    if (body !== undefined) {
      return { status: 200, headers: { "Content-Type": "text/plain; charset=utf-8" }, body };
    }
    const close = didYouMean(path, Object.keys(content));
    return answerPlain(
      404,
      `${path} not found.${close === undefined ? "" : ` Did you mean ${JSON.stringify(close)}?`}`,
    );
  };
}
