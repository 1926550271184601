// Where a file is, as templates write it: an address or a path, with the query words that steer Packer's downloads.
import { basename, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { failure } from "../../diagnostic/build-error.ts";
import type { Digest, DownloadRun } from "./download-run.ts";
import { hashFile } from "./download-run.ts";

/** How a compressed file is unpacked. */
export type Packing = "gz" | "xz" | "bz2";

export interface Source {
  /** As written, without its secrets. */
  readonly shown: string;
  /** The last part of its path. */
  readonly name: string;
  readonly packing: Packing | undefined;
  /** From `checksum=` of the address; it wins over what the template says elsewhere, as in Packer. */
  readonly digest: Digest | undefined;
  readonly at: { readonly path: string } | { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/** Query words that are meant for the downloader and not sent. */
const OWN_WORDS = ["archive", "checksum", "filename"];
const SECRET_WORD =
  /^(.*[-_])?(token|sig|signature|credential|password|passwd|secret|auth|authorization|apikey|api_key|key)$/i;
const SUPPORTED = "http://, https:// and file:// addresses, and paths on this machine";

/** Reads a source and hides the secrets in it. Throws `download/unsupported` when it cannot be fetched from here. */
export function readSource(text: string, run: DownloadRun): Source {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    return readPathSource(text, run.host.cwd);
  }
  if (scheme === "file" && !text.includes("::")) {
    return readFileSource(text);
  }
  if (!/^https?$/.test(scheme) || text.includes("::")) {
    throw explainUnsupported(hideSecrets(text), "There is no way to fetch it");
  }
  if (!URL.canParse(text)) {
    throw explainUnsupported(hideSecrets(text), "It is no valid address");
  }
  return readWebSource(text, run);
}

function readWebSource(text: string, run: DownloadRun): Source {
  const url = new URL(text);
  const headers: Record<string, string> = {};
  if (url.username !== "" || url.password !== "") {
    const [user, password] = [decode(url.username), decode(url.password)];
    headers["authorization"] = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    for (const secret of [password, headers["authorization"].slice("Basic ".length)]) {
      if (secret !== "") {
        run.hide?.(secret);
      }
    }
  }
  for (const [word, value] of url.searchParams) {
    if (SECRET_WORD.test(word) && value !== "") {
      run.hide?.(value);
    }
  }
  const { searchParams } = url;
  const facts = {
    shown: hideSecrets(text),
    name: decode(basename(url.pathname)),
    ...wishes(searchParams, url.pathname, text),
  };
  url.username = "";
  url.password = "";
  url.hash = "";
  for (const word of OWN_WORDS) {
    if (searchParams.has(word)) {
      searchParams.delete(word);
    }
  }
  return { ...facts, at: { url: url.href, headers } };
}

/** A question mark may stand in a file's name too. */
function readPathSource(text: string, cwd: string): Source {
  const at = text.search(/\?(archive|checksum|filename)=/);
  const path = at < 0 ? text : text.slice(0, at);
  return readLocalSource(resolve(cwd, path), text, new URLSearchParams(at < 0 ? "" : text.slice(at)));
}

function readFileSource(text: string): Source {
  const [address = "", query = ""] = text.split("?", 2);
  const isAbsolute = /^file:\/\/(localhost)?\//i.test(address);
  if (!isAbsolute) {
    throw explainUnsupported(text, "A file address has three slashes and an absolute path, such as file:///isos/a.iso");
  }
  return readLocalSource(fileURLToPath(address), text, new URLSearchParams(query));
}

function readLocalSource(path: string, text: string, query: URLSearchParams): Source {
  return { shown: text, name: basename(path), ...wishes(query, path, text), at: { path } };
}

function wishes(query: URLSearchParams, path: string, text: string): Pick<Source, "packing" | "digest"> {
  const checksum = query.get("checksum");
  const [, type, hex = ""] = /^(?:([a-z0-9]+):)?(.*)$/is.exec(checksum ?? "") ?? [];
  const digest = hashFile(hex, type?.toLowerCase());
  if (checksum && digest === undefined) {
    throw explainUnsupported(hideSecrets(text), `Its "checksum=${checksum}" is none of md5, sha1, sha256 and sha512`);
  }
  const isPacked = query.get("archive") ?? extname(path).slice(1).toLowerCase();
  const inner = extname(path.slice(0, -extname(path).length)).toLowerCase();
  if (
    /^(zip|tgz|tbz2|txz|tar(\..*)?)$/.test(isPacked) ||
    (/^(gz|xz|bz2)$/.test(isPacked) && inner === ".tar" && !query.has("archive"))
  ) {
    throw explainUnsupported(
      hideSecrets(text),
      "Archives of several files are not unpacked",
      "Unpack it and name the ISO that was in it.",
    );
  }
  return { digest, packing: isPacked === "gz" || isPacked === "xz" || isPacked === "bz2" ? isPacked : undefined };
}

function explainUnsupported(shown: string, detail: string, hint = `Supported are ${SUPPORTED}.`): Error {
  return failure("template", "download/unsupported", `"${shown}" cannot be downloaded`, { detail: `${detail}.`, hint });
}

/** Also where the text is no address: what looks like a secret is left out. */
export function hideSecrets(text: string): string {
  return text
    .replace(/(:\/\/[^/?#@:]*:)[^/?#@]*@/, "$1***@")
    .replace(/([?&])([^=&#]+)=([^&#]*)/g, (all, before: string, word: string) =>
      SECRET_WORD.test(word) ? `${before}${word}=***` : all,
    );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
