// Data source "http": fetches a text (https://developer.hashicorp.com/packer/docs/datasources/http).
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import type { AnswerHead, ApiCall } from "../../driver/http-api/call.ts";
import { defineDataSource } from "../../sdk/datasource.ts";
import { option } from "../../sdk/option.ts";

/** A text for a template is small; what is larger belongs into a file of the build. */
const MOST_BYTES = 16 * 1024 * 1024;
const LIMITS = { silence: 30_000, whole: 300_000 };

const options = Object.freeze({
  url: option.string({
    description: "The address to fetch.",
    required: true,
    example: "https://checkpoint-api.hashicorp.com/v1/check/packer",
  }),
  method: option.string({
    description: "The HTTP method.",
    default: "GET",
    oneOf: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"],
  }),
  request_headers: option.stringMap({ description: "Headers to send.", example: { Accept: "application/json" } }),
  request_body: option.string({ description: "What to send with the request." }),
});

/** Fetches a text from an HTTP server. */
export const http = defineDataSource({
  type: "http",
  summary: "Fetches a text from an HTTP server.",
  options,
  outputs: {
    url: { is: "string" },
    body: { is: "string" },
    // As Packer, despite the name: the headers of the response.
    request_headers: { is: "map", of: { is: "string" } },
  },

  async read(config, { host, signal }) {
    const { url, method, request_headers: headers, request_body } = config;
    const body = request_body || undefined;
    // Neither a server that never ends nor one that is asleep may hold the run.
    const call: ApiCall = {
      url,
      method,
      headers,
      body,
      netrc: "named",
      limits: LIMITS,
      mostBytes: MOST_BYTES,
      check: (answer) => checkHead(url, answer),
    };
    // Every command loads the catalogue, and few templates fetch anything.
    const { callApi } = await import("../../driver/http-api/call.ts");
    const { reportNoAnswer } = await import("../../driver/http-api/unreachable.ts");
    const answer = await callApi(host, call, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (thrown instanceof BuildError && thrown.diagnostics[0]?.code.startsWith("datasource/")) {
        throw thrown;
      }
      throw reportNoAnswer(
        "datasource/http-failed",
        `${showUrl(url)} could not be fetched`,
        thrown,
        "Try the address with curl.",
      );
    });
    return { url, body: answer.text, request_headers: readHeaders(answer.headers) };
  },
});

function checkHead(url: string, { status, headers }: AnswerHead): void {
  if (status !== 200) {
    throw failure("network", "datasource/http-status", `${showUrl(url)} answered with status ${status}`, {
      hint: "Only status 200 is accepted.",
    });
  }
  checkContentType(showUrl(url), headers.get("content-type"));
}

/** An address may have a log-in in it. */
function showUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, "$1***@");
}

const textual = [/^text\/.+/, /^application\/json$/, /^application\/samlmetadata\+xml$/];

function checkContentType(url: string, header: string | null): void {
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  if (
    textual.some((pattern) => pattern.test(type)) &&
    (charset === undefined || /^"?(utf-8|us-ascii)"?$/.test(charset))
  ) {
    return;
  }
  throw failure("network", "datasource/http-content-type", `${url} did not answer with text`, {
    detail: `The content type is ${header === null ? "missing" : `"${header}"`}.`,
    hint: "Accepted are text/*, application/json and application/samlmetadata+xml, in UTF-8.",
  });
}

/** Names as Go spells them, such as `Content-Type`; several values of one name joined by a comma. */
function readHeaders(headers: Headers): Readonly<Record<string, string>> {
  const named = [...headers].map(
    ([name, value]) => [name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()), value] as const,
  );
  return Object.fromEntries(named);
}
